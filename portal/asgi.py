"""The portal as an ASGI application: Django in a pool of threads.

Views and the ORM are synchronous. Django's own ASGI handler would start a thread, and
open a database connection, for every request; a pool keeps both. Being ASGI leaves room
for WebSockets beside it.
"""

from __future__ import annotations

import os

from a2wsgi import WSGIMiddleware
from django.conf import settings
from django.core.wsgi import get_wsgi_application

from portal.asgi_types import Receive, Scope, Send

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

WORKER_THREADS = 16

django_application = get_wsgi_application()

# These import models, which needs Django to be set up.
from portal.bodies import WholeBodies  # noqa: E402
from portal.control.gate import Gate  # noqa: E402
from portal.faults.transport import TransportFaults  # noqa: E402
from portal.status.sockets import ClosedInMaintenance  # noqa: E402
from portal.support import chat  # noqa: E402

_pages = WholeBodies(
    Gate(WSGIMiddleware(django_application, workers=WORKER_THREADS)),
    settings.CONFIGURATION.body_seconds,
)
_sockets = ClosedInMaintenance(chat.application)


async def _by_protocol(scope: Scope, receive: Receive, send: Send) -> None:
    await (_sockets if scope["type"] == "websocket" else _pages)(scope, receive, send)


application = TransportFaults(_by_protocol)
