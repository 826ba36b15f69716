"""Runs of a check over TLS, one for each line of standard input; prints what came of each.

A process of its own: Playwright's Node reads which authorities it trusts at its start. Its
Chromium trusts the certificate that is shown at first, by the hash of its key, and no other.
"""

from __future__ import annotations

import base64
import hashlib
import json
import ssl
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.sync_api import sync_playwright

from portalwatch.browsers import KNOWN, find, launch
from tests.integration.secure_portal import sign_in_is_there
from tests.integration.single_run import SingleRuns


def key_hash(url: str) -> str:
    """Of the certificate that is shown now."""
    address = urlsplit(url)
    shown = ssl.get_server_certificate((address.hostname, address.port), timeout=10)
    key = x509.load_pem_x509_certificate(shown.encode()).public_key()
    encoded = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(encoded).digest()).decode()


def main(url: str) -> None:
    spec = replace(
        KNOWN["chromium"], args=(f"--ignore-certificate-errors-spki-list={key_hash(url)}",)
    )
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        runs = SingleRuns(playwright, Path(folder))
        browser = launch(playwright, find(spec))
        for _ in sys.stdin:
            attempt = runs.attempt(sign_in_is_there, browser, url)
            said = [attempt.outcome, attempt.cause, attempt.message]
            print(json.dumps(said), flush=True)
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
