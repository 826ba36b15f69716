"""Every fault that the portal can have, with what can be set on it."""

from __future__ import annotations

from collections.abc import Mapping

from portal.faults.kinds import MOST, BadParameters, Fault, Value, Where
from portal.faults.weaknesses import WEAKNESSES

__all__ = ["CATALOGUE", "BadParameters", "Fault", "Value", "Where", "listing"]

_T, _P, _M, _D = Where.TRANSPORT, Where.PAGE, Where.MESSAGE, Where.DOMAIN
_SIGN_IN = "/sign-in/"

_ALL = (
    Fault("latency_fixed", _T, "Every answer comes late, always by as much.", {"seconds": 2.0}),
    Fault(
        "latency_jitter",
        _T,
        "Answers come late, now more and now less.",
        {"least_seconds": 0.1, "most_seconds": 2.0},
    ),
    Fault("latency_drip", _T, "The answer trickles in piece by piece.", {"seconds": 3.0}),
    Fault("status_500", _T, "500 Internal Server Error."),
    Fault("status_502", _T, "502 Bad Gateway, as a proxy in front says it."),
    Fault("status_503", _T, "503 Service Unavailable.", {"retry_after": 30.0}),
    Fault("status_504", _T, "504 Gateway Timeout, as a proxy in front says it."),
    Fault("status_429", _T, "429 Too Many Requests.", {"retry_after": 30.0}),
    Fault("connection_reset", _T, "The connection is reset instead of answered."),
    Fault("hang", _T, "No answer, on an open connection.", {"seconds": 600.0}),
    Fault("tls_expired", Where.HANDSHAKE, "The certificate has expired (needs --tls)."),
    Fault("tls_wrong_host", Where.HANDSHAKE, "The certificate is another host's (needs --tls)."),
    Fault("truncated_page", _T, "The page stops in its midst.", {"fraction": 0.5}),
    Fault(
        "broken_transfer",
        _T,
        "The connection breaks off before the length that was announced.",
        {"fraction": 0.5},
    ),
    Fault("blank_page", _T, "200 OK, and nothing on the page."),
    Fault(
        "wrong_content_type",
        _T,
        "Pages are sent as something else: browsers save or show them as they are.",
        {"type": "text/plain"},
    ),
    Fault("garbled_encoding", _T, "Pages say that they are compressed, and are not."),
    Fault("redirect_loop", _T, "Each page sends to itself, for ever."),
    Fault("missing_stylesheet", _T, "Stylesheets are not found.", path="/static/*.css"),
    Fault("missing_script", _T, "Scripts are not found.", path="/static/*.js"),
    Fault("broken_script", _T, "Scripts fail as soon as they run.", path="/static/*.js"),
    Fault("missing_headers", _T, "Pages come without their security headers."),
    Fault(
        "engine_script",
        _P,
        "Pages need a script feature that one engine does not have, and stay empty there.",
        {"engine": "firefox"},
    ),
    Fault(
        "engine_style",
        _P,
        "Pages need a CSS feature that one engine does not have: forms lie under a layer there.",
        {"engine": "firefox"},
    ),
    Fault("session_dropped", _P, "A session is over after some seconds.", {"seconds": 5.0}),
    Fault("session_id_not_rotated", _P, "Signing in keeps the session id.", path=f"{_SIGN_IN}*"),
    Fault("sign_out_keeps_session", _P, "After sign-out the old cookie still opens the portal."),
    Fault("cookie_without_flags", _P, "Cookies come without HttpOnly, Secure and SameSite."),
    Fault("csrf_off", _P, "Forms are taken without their CSRF token."),
    Fault("account_switched", _P, "Another provider's data is shown."),
    Fault("download_broken", _P, "PDF and CSV downloads are damaged."),
    Fault(
        "credentials_store_down",
        _P,
        "No password can be checked: every sign-in fails.",
        path=_SIGN_IN,
    ),
    Fault(
        "enumeration_text",
        _P,
        "The sign-in, or the recovery if that is its path, tells that a User ID does not exist.",
        path=_SIGN_IN,
    ),
    Fault(
        "enumeration_time",
        _P,
        "The sign-in, or the recovery if that is its path, takes longer for a User ID that exists.",
        {"seconds": 0.5},
        path=_SIGN_IN,
    ),
    Fault("mail_lost", _M, "Mail is taken and never arrives."),
    Fault("mail_late", _M, "Mail arrives late.", {"seconds": 20.0}),
    Fault("mail_duplicated", _M, "Mail arrives twice."),
    Fault("mail_garbled", _M, "Mail arrives with its digits and links damaged."),
    Fault("sms_lost", _M, "Texts are taken and never arrive."),
    Fault("sms_late", _M, "Texts arrive late.", {"seconds": 20.0}),
    Fault("sms_duplicated", _M, "Texts arrive twice."),
    Fault("sms_garbled", _M, "Texts arrive with their digits damaged."),
    Fault("dashboard_without_data", _D, "The dashboard has no figures and no activity."),
    Fault(
        "totp_clock_skew",
        _D,
        "The portal's clock is wrong: right codes of an app are refused.",
        {"seconds": 300.0},
        least=-MOST,  # a clock may be behind, too
    ),
    Fault("totp_replay", _D, "A code of an app is accepted a second time."),
    Fault("lockout_not_enforced", _D, "Too many failed tries do not lock an account."),
    Fault("lockout_everyone", _D, "Every account is locked."),
    Fault("locked_says_wrong_password", _D, "A locked account is told that its password is wrong."),
    Fault("recovery_wrong_account", _D, "A recovery link or code opens another account."),
    Fault(
        "report_stale",
        _D,
        "Reports lack the sales, refunds and payments of the last days.",
        {"days": 30.0},
    ),
    Fault("user_id_forgotten", _D, "The sign-in remembers nobody's User ID."),
    Fault("device_trust_forgotten", _D, "Trusted devices are asked for a code all the same."),
    Fault("cookies_kept", _D, "Clearing the cookies clears none.", of_account=False),
    Fault("decisions_reversed", _D, "Applications are decided the other way round."),
    Fault("drafts_lost", _D, "An application that is saved for later is gone."),
    Fault("instalments_short", _D, "The last instalment of a plan is a dollar too low."),
    Fault("refunds_uncounted", _D, "What was refunded can be refunded once more."),
    Fault("filters_ignored", _D, "Searches and filters leave nothing out."),
    Fault("chat_silent", _D, "The support chat connects and never answers."),
    *WEAKNESSES,
)

CATALOGUE: Mapping[str, Fault] = {fault.name: fault for fault in _ALL}


def listing() -> str:
    """The faults for a terminal, one a line."""
    width = max(map(len, CATALOGUE))
    return "\n".join(f"{fault.name.ljust(width)}  {_described(fault)}" for fault in _ALL)


def _described(fault: Fault) -> str:
    settable = ", ".join(f"{name}={_plain(value)}" for name, value in fault.parameters.items())
    return f"{fault.line} [{settable}]" if settable else fault.line


def _plain(value: Value) -> str:
    return f"{value:g}" if isinstance(value, float) else value
