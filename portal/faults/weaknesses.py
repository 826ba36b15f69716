"""Faults that break one rule of a sign-in's standards each: see tests/conformance.

Nothing looks broken with them. They are for whoever has to show that a rule is looked
after: each is asked for by name where the portal keeps that rule.
"""

from __future__ import annotations

from portal.faults.kinds import Fault, Value, Where

_LINES = {
    "lockout_too_short": "A lock is over after a minute.",
    "failures_kept": "A right sign-in does not set the count of failed tries back.",
    "wrong_codes_uncounted": "Wrong codes do not count towards the lock.",
    "password_never_disabled": "No number of failed tries disables a password.",
    "recovery_shut_while_locked": "Who is locked cannot recover the password.",
    "recovery_locks": "To ask for an account's recovery counts as a failed try.",
    "recovery_token_reusable": "A recovery link can be used again and again.",
    "recovery_token_endless": "A recovery link never expires.",
    "recovery_older_token_good": "An older recovery link stays good beside a newer one.",
    "recovery_code_unlimited": "A recovery code can be guessed at without end.",
    "recovery_skips_second_factor": "Recovery turns the second factor off.",
    "recovery_signs_in": "Recovery signs in by itself.",
    "recovery_keeps_sessions": "Sessions outlive the recovery of their password.",
    "recovery_secret_question": "Recovery asks for the name of a pet.",
    "recovery_link_from_host": "Recovery links lead to whatever host the request named.",
    "sent_code_reusable": "A code that was sent is accepted a second time.",
    "sent_code_endless": "A code that was sent never expires.",
    "sent_code_unbound": "A code that was sent opens any sign-in of its account.",
    "totp_wide_window": "A code of an app is good for minutes.",
    "totp_short_key": "Keys for apps are of 80 bits.",
    "mail_is_second_factor": "With codes by mail a password may be as short as with an app.",
    "second_factor_skippable": "The password alone opens the pages behind the sign-in.",
    "session_endless": "A session ends neither when idle nor after its longest time.",
    "sign_out_by_link": "A link signs people out, also one on another site.",
    "password_rules_off": "Any password can be set.",
    "password_composition": "A password must have a capital letter, a digit and a sign.",
    "password_echoed": "A refused sign-in sends the password back in the page.",
    "password_never_expires": "An expired password opens every page.",
    "standing_ignored": "Suspended and inactive accounts can sign in.",
    "sign_in_not_required": "Every page opens without a sign-in, as one of some provider.",
    "backup_code_reusable": "A backup code is accepted a second time.",
    "cancel_goes_on": "A sign-in that was cancelled at the code can be gone on with.",
    "other_sessions_kept": "Signing out everywhere ends no session, and takes them off the list.",
    "pages_cached": "Browsers may keep pages, and show them again after the sign-out.",
}
_PARAMETERS: dict[str, dict[str, Value]] = {
    "lockout_too_short": {"seconds": 60.0},
    "totp_wide_window": {"steps": 10.0},
}
# Where it is not known yet who asks.
_OF_NOBODY = {"recovery_secret_question", "sign_in_not_required"}

WEAKNESSES = tuple(
    Fault(
        name,
        Where.DOMAIN,
        line,
        _PARAMETERS.get(name, {}),
        of_account=name not in _OF_NOBODY,
    )
    for name, line in _LINES.items()
)
