"""One-time codes by the clock."""

from __future__ import annotations

import base64
import hmac

import pytest

from portalwatch.totp import Totp

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


KEYS = {  # RFC 6238, appendix B: the seed as long as the digest
    "SHA1": base64.b32encode(b"12345678901234567890").decode(),
    "SHA256": base64.b32encode(b"12345678901234567890123456789012").decode(),
    "SHA512": base64.b32encode((b"1234567890" * 7)[:64]).decode(),
}


@pytest.mark.parametrize(
    ("now", "algorithm", "code"),
    [
        (59, "SHA1", "94287082"),
        (59, "SHA256", "46119246"),
        (59, "SHA512", "90693936"),
        (1111111109, "SHA256", "68084774"),
        (1111111109, "SHA512", "25091201"),
        (20000000000, "SHA256", "77737706"),
        (20000000000, "SHA512", "47863826"),
    ],
)
def test_it_gives_the_codes_of_the_standard_for_every_algorithm(
    now: int, algorithm: str, code: str
) -> None:
    key = f"otpauth://totp/Portal:me?secret={KEYS[algorithm]}&algorithm={algorithm}&digits=8"
    totp = Totp(key)
    assert totp.code(totp.step(now)) == code


def test_it_reads_the_address_of_a_setup_code() -> None:
    told = "otpauth://totp/Provider%20Portal:me%40example.com?issuer=Provider%20Portal"
    totp = Totp(f" {told}&secret=jbsw%20y3dp%20ehpk%203pxp&period=60&algorithm=sha-256\n")
    assert (totp.secret, totp.bits, totp.digits, totp.period) == ("jbswy3dpehpk3pxp", 80, 6, 60)
    assert [totp.step(now) for now in (0, 59.9, 60)] == [0, 0, 1]
    assert totp.next_start(1) == 120
    assert Totp(f"{told}&secret=JBSWY3DPEHPK3PXP").code(7) == Totp("JBSWY3DPEHPK3PXP").code(7)


def test_a_step_lasts_half_a_minute() -> None:
    totp = Totp(RFC_SECRET)
    assert [totp.step(now) for now in (0, 29.999, 30, 59.9, 60)] == [0, 0, 1, 1, 2]
    assert totp.next_start(totp.step(29.9)) == 30
    assert totp.next_start(totp.step(30.0)) == 60


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
        ("otpauth://hotp/x?secret=JBSWY3DPEHPK3PXP&counter=1", "not one of time-based codes"),
        ("otpauth://totp/x?issuer=P", "has no secret"),
        ("otpauth://totp/x?secret=", "has no secret"),
        ("otpauth://totp/x?secret=JBSWY3DP&algorithm=MD5", "none of SHA1, SHA256, SHA512"),
        ("otpauth://totp/x?secret=JBSWY3DP&digits=5", "digits is not a number from 6 to 8"),
        ("otpauth://totp/x?secret=JBSWY3DP&digits=six", "digits is not a number from 6 to 8"),
        ("otpauth://totp/x?secret=JBSWY3DP&period=0", "period is not a number from 5 to 3600"),
    ],
)
def test_it_refuses_what_is_no_secret(secret: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        Totp(secret)
