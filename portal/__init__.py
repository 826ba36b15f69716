"""The reference portal: Meridian Provider Portal, of a fictional patient-financing company.

It stands for the portals that portalwatch monitors, and is spoken to only as a browser
does. ``python -m portal`` starts it; README.md lists its settings and its parts.
"""
