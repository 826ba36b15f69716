"""HTTPS with certificates that are made at each start: a good one, and two that are wrong.

Which of them a browser is shown is decided in its handshake, so that the faults
``tls_expired`` and ``tls_wrong_host`` can be turned on and off while the portal runs. They
meet connections that are made from then on; those that are open go on.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

import trustme

from portal.faults import switchboard

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_ELSEWHERE = "another-portal.example"
_DAY = timedelta(days=1)
_OF_FAULT = {"tls_expired": "expired", "tls_wrong_host": "wrong-host"}
# There is no request yet, so such a fault has no path, account or browser: see
# portal.faults.models.
_HANDSHAKE = switchboard.Visit(path="", user_agent="")


class Certificates:
    """An authority of the portal's own, and what it has signed."""

    def __init__(self, presented: str, hosts: Iterable[str]) -> None:
        """``presented``: good, expired or wrong-host; what is shown while no fault is on.

        ``hosts`` are what the good one is for, apart from loopback: names and addresses as
        Django's ALLOWED_HOSTS has them. Raises ``ValueError`` for one that no certificate
        can be made out for.
        """
        authority = trustme.CA(organization_name="Meridian Patient Financing, tests")
        self.authority = authority.cert_pem.bytes()
        ours = tuple(dict.fromkeys(_names([*_LOOPBACK, *hosts])))
        now = datetime.now(UTC)
        # Browsers refuse what is good for much longer than a year.
        valid = {"not_before": now - _DAY, "not_after": now + 397 * _DAY}
        over = {"not_before": now - 91 * _DAY, "not_after": now - _DAY}
        self._contexts = {
            "good": _context(authority.issue_cert(*ours, **valid)),
            "expired": _context(authority.issue_cert(*ours, **over)),
            "wrong-host": _context(authority.issue_cert(_ELSEWHERE, **valid)),
        }
        self._presented = presented

    def context(self) -> ssl.SSLContext:
        """What a server listens with."""
        listening = self._contexts[self._presented]
        # Called in every handshake, also where the browser names no host.
        listening.sni_callback = self._choose
        return listening

    def _choose(self, connection: ssl.SSLObject, name: str | None, context: ssl.SSLContext) -> None:
        wanted = (_OF_FAULT[row.name] for row in switchboard.rows() if _applies(row))
        connection.context = self._contexts[next(wanted, self._presented)]


def _applies(row: switchboard.Switched) -> bool:
    return row.name in _OF_FAULT and row.applies(_HANDSHAKE)


def _context(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    # A session that is resumed shows no certificate, and so no fault. Only TLS 1.3, which
    # every supported browser speaks, lets the server rule that out.
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.num_tickets = 0
    certificate.configure_cert(context)
    return context


def _names(hosts: Iterable[str]) -> Iterator[str]:
    for host in hosts:
        if host.startswith("."):  # Django's way to say: and all below it
            yield host[1:]
            yield f"*{host}"
        elif host != "*":
            yield host.strip("[]")
