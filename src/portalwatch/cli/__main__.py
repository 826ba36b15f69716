"""``python -m portalwatch.cli``."""

from portalwatch.cli import main

main()
