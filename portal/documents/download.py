"""Answers that a browser saves as a file."""

from __future__ import annotations

from django.http import HttpResponse


def download(content: bytes, content_type: str, filename: str) -> HttpResponse:
    """``content`` to be saved as ``filename``, which is plain ASCII without quotes."""
    return HttpResponse(
        content,
        content_type=content_type,
        headers={
            "Content-Disposition": f'attachment; filename="{filename}"',
            # A download that breaks off is seen as broken.
            "Content-Length": str(len(content)),
        },
    )


def pdf(content: bytes, filename: str) -> HttpResponse:
    """A PDF to be saved."""
    return download(content, "application/pdf", filename)
