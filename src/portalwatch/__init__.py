"""Playwright journeys of a web portal: one source, run by pytest and as a monitor."""

__version__ = "0.1.0"
