"""``python monitor.py`` is ``portalwatch``: the way in without an installed console script."""

from portalwatch.cli import main

if __name__ == "__main__":
    main()
