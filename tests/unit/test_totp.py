"""One-time codes by the clock."""

from __future__ import annotations

import base64
import hmac

import pytest

from portalwatch.totp import PERIOD, Totp, next_step_start

RFC_SECRET = base64.b32encode(b"12345678901234567890").decode()  # RFC 6238, appendix B


@pytest.mark.parametrize(
    ("now", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_it_gives_the_codes_of_the_standard(now: int, code: str) -> None:
    totp = Totp(RFC_SECRET)
    assert totp.code(totp.step(now)) == code


def test_a_step_lasts_half_a_minute() -> None:
    totp = Totp(RFC_SECRET)
    assert [totp.step(now) for now in (0, 29.999, 30, 59.9, 60)] == [0, 0, 1, 1, 2]
    assert next_step_start(totp.step(29.9)) == PERIOD
    assert next_step_start(totp.step(30.0)) == 2 * PERIOD


@pytest.mark.parametrize(
    "secret", ["JBSW Y3DP EHPK 3PXP", "jbsw-y3dp-ehpk-3pxp", "JBSWY3DPEHPK3PXP"]
)
def test_it_reads_a_secret_as_portals_write_it(secret: str) -> None:
    assert Totp(secret).bits == 80
    assert Totp(secret).code(7) == Totp("JBSWY3DPEHPK3PXP").code(7)


def test_a_secret_of_80_bits_works_without_a_word() -> None:
    digest = hmac.digest(b"1234567890", (1).to_bytes(8), "sha1")
    start = digest[-1] & 0xF
    number = int.from_bytes(digest[start : start + 4]) & 0x7FFFFFFF  # RFC 4226, 5.3
    assert Totp(RFC_SECRET[:16]).code(1) == f"{number % 1_000_000:06}"


@pytest.mark.parametrize(
    ("secret", "problem"),
    [
        ("", "is empty"),
        ("  ", "is empty"),
        ("not base32!", "is not base32"),
        ("ABC1", "not base32"),
    ],
)
def test_it_refuses_what_is_no_secret(secret: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        Totp(secret)
