"""Evidence over HTTP: shown where a browser cannot be misled by it, else only downloaded."""

from __future__ import annotations

from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.responses import FileResponse

from portalwatch.render import evidence_file

_HEADERS = {
    "content-security-policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
    "cache-control": "private, no-store",
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
}
# What a browser may show of evidence; all else, HTML above all, is only downloaded.
_SHOWN = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
    ".webm": "video/webm",
    ".txt": "text/plain; charset=utf-8",
    ".log": "text/plain; charset=utf-8",
    ".json": "application/json",
}


def evidence_response(root: Path, path: str) -> FileResponse:
    """The file of evidence that ``path`` names below ``root``.

    Raises ``HTTPException`` 404 where there is none, or it lies outside.
    """
    file = evidence_file(root, path)
    if file is None:
        raise HTTPException(404)
    media_type = _SHOWN.get(file.suffix.lower())
    return FileResponse(
        file,
        headers=_HEADERS,
        media_type=media_type or "application/octet-stream",
        filename=file.name,
        content_disposition_type="inline" if media_type else "attachment",
    )
