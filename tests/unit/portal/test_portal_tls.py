"""Certificates made at the start, and which of them a handshake shows."""

from __future__ import annotations

import json
import ssl
from dataclasses import replace

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError

from portal.configuration import Configuration
from portal.faults import switchboard
from portal.faults.models import ActiveFault
from portal.tls import Certificates

EXPIRED = "certificate has expired"
NOT_FOR = "certificate is not valid for"
HOSTS = ("10.1.2.3", "portal.example", ".meridian.example", "[2001:db8::1]", "*")


@pytest.fixture(autouse=True)
def all_well(rolled_back, monkeypatch):
    """No fault before and after; and no look into the database from another connection."""
    with monkeypatch.context() as patched:
        patched.setattr(switchboard, "FRESH_SECONDS", 3600)
        switchboard.changed()
        yield
        ActiveFault.objects.all().delete()
    switchboard.changed()


@pytest.fixture(scope="module")
def certificates() -> Certificates:
    return Certificates("good", HOSTS)


@pytest.fixture
def over_tls(monkeypatch):
    monkeypatch.setattr(settings, "CONFIGURATION", replace(settings.CONFIGURATION, tls="good"))


def handshake(
    certificates: Certificates,
    host: str | None = "localhost",
    client: ssl.SSLContext | None = None,
    session: ssl.SSLSession | None = None,
) -> ssl.SSLObject:
    """The browser's end of a connection; raises what a browser finds wrong with it."""
    client = client or trusting(certificates)
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = certificates.context().wrap_bio(to_server, to_client, server_side=True)
    theirs = client.wrap_bio(to_client, to_server, server_hostname=host, session=session)
    for end in (theirs, ours, theirs, ours):
        try:
            end.do_handshake()
        except ssl.SSLWantReadError:
            continue
    ours.write(b"x")
    assert theirs.read() == b"x"  # whatever tickets there are have come with it
    return theirs


def trusting(certificates: Certificates) -> ssl.SSLContext:
    return ssl.create_default_context(cadata=certificates.authority.decode())


@pytest.mark.parametrize(
    "host",
    [
        *("localhost", "127.0.0.1", "::1", "10.1.2.3", "portal.example"),
        *("meridian.example", "www.meridian.example", "2001:db8::1"),
    ],
)
def test_a_good_certificate_is_for_every_name_of_the_portal(certificates, host):
    assert handshake(certificates, host).version() == "TLSv1.3"


def test_it_is_for_no_other_name_and_of_no_known_authority(certificates):
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        handshake(certificates, "www.portal.example")
    with pytest.raises(ssl.SSLCertVerificationError, match="unable to get local issuer"):
        handshake(certificates, client=ssl.create_default_context())


@pytest.mark.parametrize(
    ("presented", "reason"), [("expired", EXPIRED), ("wrong-host", "Hostname mismatch")]
)
def test_it_starts_with_the_certificate_that_is_asked_for(presented, reason):
    with pytest.raises(ssl.SSLCertVerificationError, match=reason):
        handshake(Certificates(presented, ()))


@pytest.mark.parametrize(
    ("fault", "host", "reason"),
    [
        ("tls_expired", "localhost", EXPIRED),
        ("tls_expired", "127.0.0.1", EXPIRED),  # an address: the browser names no host
        ("tls_wrong_host", "localhost", "Hostname mismatch"),
        ("tls_wrong_host", "127.0.0.1", "IP address mismatch"),
    ],
)
def test_a_fault_is_seen_from_the_next_handshake_on(certificates, over_tls, fault, host, reason):
    on = ActiveFault.objects.create(name=fault)
    with pytest.raises(ssl.SSLCertVerificationError, match=reason):
        handshake(certificates, host)
    on.delete()
    assert handshake(certificates, host)


def test_a_fault_that_is_played_by_chance_may_stay_away(certificates, over_tls):
    ActiveFault.objects.create(name="tls_expired", probability=0.0)
    assert handshake(certificates)


def test_no_browser_gets_round_a_fault_by_resuming_a_session(certificates, over_tls):
    client = trusting(certificates)
    kept = handshake(certificates, client=client).session
    ActiveFault.objects.create(name="tls_expired")
    with pytest.raises(ssl.SSLCertVerificationError, match=EXPIRED):
        handshake(certificates, client=client, session=kept)


def test_a_name_that_no_certificate_can_have_is_refused():
    with pytest.raises(ValueError, match="my_host"):
        Certificates("good", ["my_host"])


@pytest.mark.parametrize("scope", [{"path": "/sign-in/"}, {"account": "x"}, {"browser": "firefox"}])
def test_such_a_fault_has_no_scope_that_a_handshake_does_not_know(over_tls, scope):
    with pytest.raises(ValidationError, match="has no path, account or browser"):
        ActiveFault(name="tls_expired", **scope).clean()


@pytest.mark.parametrize("name", ["tls_expired", "tls_wrong_host"])
def test_such_a_fault_is_refused_where_there_is_no_tls(client, monkeypatch, name):
    configured = replace(settings.CONFIGURATION, control_token="token")
    monkeypatch.setattr(settings, "CONFIGURATION", configured)
    answer = client.post(
        "/control/faults",
        json.dumps({"name": name}),
        content_type="application/json",
        headers={"authorization": "Bearer token"},
    )
    assert answer.status_code == 400
    assert answer.json()["error"] == (
        f"{name} cannot be played: this portal speaks plain HTTP (start it with --tls good)"
    )
    assert not ActiveFault.objects.exists()


def test_the_administration_refuses_it_in_the_same_words(client, members):
    staff = members["staff"]
    client.post("/sign-in/", {"user_id": staff.user_id, "password": staff.password})
    page = client.post(
        "/administration/faults/activefault/add/",
        {"name": "tls_expired", "probability": "1.0", "parameters": "{}"},
    ).text
    assert "tls_expired cannot be played: this portal speaks plain HTTP" in page
    assert not ActiveFault.objects.exists()


def test_tls_makes_it_a_secure_portal():
    configuration = Configuration.from_environ({"PORTAL_DATA": "x", "PORTAL_TLS": "expired"})
    assert configuration.tls == "expired"
    assert configuration.https
