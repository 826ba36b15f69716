"""The data of a run report, as its script unpacks it."""

from __future__ import annotations

import base64
import json
import zlib
from typing import Any


def unpacked(data: str) -> Any:
    """What was packed into ``data``."""
    return json.loads(zlib.decompress(base64.b64decode(data)))
