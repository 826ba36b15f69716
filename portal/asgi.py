"""The portal as an ASGI application: Django in a pool of threads.

Views and the ORM are synchronous. Django's own ASGI handler would start a thread, and
open a database connection, for every request; a pool keeps both. Being ASGI leaves room
for WebSockets beside it.
"""

from __future__ import annotations

import os

from a2wsgi import WSGIMiddleware
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

WORKER_THREADS = 16

application = WSGIMiddleware(get_wsgi_application(), workers=WORKER_THREADS)
