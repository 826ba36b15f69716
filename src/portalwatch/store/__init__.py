"""What is kept of every run: one SQLite file, written in one transaction per result.

``Store`` is the whole surface; ``opening`` finds and upgrades the file, ``writing`` and
``reading`` hold the statements, ``schema`` the tables, ``migrations`` their history.
"""

from portalwatch.store.records import AlreadyDecided, OpenRun, UptimeHour
from portalwatch.store.store import Store

__all__ = ["AlreadyDecided", "OpenRun", "Store", "UptimeHour"]
