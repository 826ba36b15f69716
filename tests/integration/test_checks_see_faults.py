"""Each check of the project fails when its claim is broken: with a fault of the portal on."""

from __future__ import annotations

import importlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from fixtures.portal import serve
from portalwatch.account import Account
from portalwatch.browsers import KNOWN
from portalwatch.check_files import describe_checks
from portalwatch.config import load
from portalwatch.credentials import resolve_accounts
from portalwatch.entries import entry_for
from portalwatch.journey import MESSAGE_SECONDS
from portalwatch.model import Cause, Outcome
from portalwatch.plan import Plan
from portalwatch.project import StartedPortal
from tests.integration.single_run import SingleRuns
from tests.integration.troubled_portal import TOKEN, Control
from tests.proofs import proves
from tests.small_project import ROOT

# Seconds, where a message is not to come; where one is, a busy machine may take its time.
LOST_AFTER = 4.0
# For a page or a document to come: one that is made with two portals at work takes its time.
ANSWER_SECONDS = 6.0


@dataclass(frozen=True)
class Sees:
    """A fault, what is set on it, and the cause that the check then names."""

    fault: str
    cause: Cause
    scope: dict[str, Any] = field(default_factory=dict)


def sees(fault: str, cause: Cause, **scope: Any) -> Sees:
    return Sees(fault, cause, scope)


SEEN = {
    "login.provider_signs_in_and_out": sees("account_switched", Cause.CONTENT_WRONG),
    "login.wrong_password_is_refused": sees("lockout_everyone", Cause.ACCOUNT_LOCKED),
    "login.unknown_user_is_told_nothing_more": sees("enumeration_text", Cause.CONTENT_WRONG),
    "login.suspended_account_is_refused": sees("standing_ignored", Cause.ACCESS_NOT_REFUSED),
    "login.inactive_account_is_refused": sees("standing_ignored", Cause.ACCESS_NOT_REFUSED),
    "login.expired_password_opens_nothing": sees(
        "password_never_expires", Cause.ACCESS_NOT_REFUSED
    ),
    "login.user_id_is_remembered_if_asked": sees("user_id_forgotten", Cause.CONTENT_WRONG),
    "login.password_can_be_shown": sees("broken_script", Cause.CONTENT_WRONG),
    "login.back_button_shows_nothing_after_sign_out": sees(
        "pages_cached", Cause.ACCESS_NOT_REFUSED
    ),
    "two_factor.provider_signs_in_with_totp": sees("totp_clock_skew", Cause.SECOND_FACTOR_REJECTED),
    "two_factor.wrong_code_is_refused": sees("totp_clock_skew", Cause.SECOND_FACTOR_REJECTED),
    "two_factor.used_code_is_refused": sees("totp_replay", Cause.ACCESS_NOT_REFUSED),
    "two_factor.wrong_codes_lock_the_account": sees(
        "wrong_codes_uncounted", Cause.ACCESS_NOT_REFUSED
    ),
    "two_factor.cancelled_sign_in_is_over": sees("cancel_goes_on", Cause.ACCESS_NOT_REFUSED),
    "two_factor.backup_code_signs_in_once": sees("backup_code_reusable", Cause.ACCESS_NOT_REFUSED),
    "two_factor.trusted_device_is_not_asked_again": sees(
        "device_trust_forgotten", Cause.CONTENT_WRONG
    ),
    "sent_codes.emailed_code_signs_in": sees("mail_lost", Cause.CODE_NOT_DELIVERED),
    "sent_codes.texted_code_signs_in": sees("sms_garbled", Cause.CONTENT_WRONG),
    "sent_codes.code_can_be_had_another_way": sees("mail_garbled", Cause.CONTENT_WRONG),
    "sent_codes.emailed_code_works_once": sees("sent_code_reusable", Cause.ACCESS_NOT_REFUSED),
    "sent_codes.expired_code_is_refused": sees("sent_code_endless", Cause.ACCESS_NOT_REFUSED),
    "sent_codes.new_code_replaces_the_older": sees("mail_garbled", Cause.CONTENT_WRONG),
    "recovery.forgotten_user_id_is_mailed": sees("mail_lost", Cause.CODE_NOT_DELIVERED),
    "recovery.password_is_recovered_by_link": sees(
        "recovery_token_reusable", Cause.ACCESS_NOT_REFUSED
    ),
    "recovery.password_is_recovered_by_code": sees(
        "recovery_wrong_account", Cause.CODE_NOT_DELIVERED
    ),
    "recovery.wrong_recovery_code_is_refused": sees("mail_garbled", Cause.CONTENT_WRONG),
    "recovery.expired_link_opens_nothing": sees("recovery_token_endless", Cause.ACCESS_NOT_REFUSED),
    "recovery.expired_recovery_code_opens_nothing": sees(
        "recovery_token_endless", Cause.ACCESS_NOT_REFUSED
    ),
    "recovery.newer_link_replaces_the_older": sees(
        "recovery_older_token_good", Cause.ACCESS_NOT_REFUSED
    ),
    "recovery.weak_password_is_refused": sees("password_rules_off", Cause.ACCESS_NOT_REFUSED),
    "recovery.recovery_tells_nobody_who_exists": sees(
        "enumeration_text", Cause.CONTENT_WRONG, path="/recovery/password/"
    ),
    "recovery.second_factor_outlasts_recovery": sees(
        "recovery_skips_second_factor", Cause.ACCESS_NOT_REFUSED
    ),
    "recovery.recovery_is_open_while_locked": sees(
        "recovery_shut_while_locked", Cause.CONTENT_WRONG
    ),
    "lockout.account_locks_and_unlocks_by_itself": sees(
        "lockout_not_enforced", Cause.ACCESS_NOT_REFUSED
    ),
    "lockout.another_account_stays_open": sees("lockout_everyone", Cause.ACCOUNT_LOCKED),
    "lockout.right_sign_in_forgets_failures": sees("failures_kept", Cause.ACCOUNT_LOCKED),
    "session.session_is_new_after_sign_in": sees(
        "session_id_not_rotated", Cause.ACCESS_NOT_REFUSED
    ),
    "session.sign_out_ends_session_on_the_server": sees(
        "sign_out_keeps_session", Cause.ACCESS_NOT_REFUSED
    ),
    "session.only_the_own_button_signs_out": sees("sign_out_by_link", Cause.CONTENT_WRONG),
    "session.session_cookie_is_protected": sees("cookie_without_flags", Cause.CONTENT_WRONG),
    "session.stale_cookies_do_no_harm": sees("redirect_loop", Cause.UNREACHABLE, path="/sign-in/"),
    "session.cookies_can_be_cleared": sees("cookies_kept", Cause.CONTENT_WRONG),
    "session.sign_out_everywhere_ends_other_sessions": sees(
        "other_sessions_kept", Cause.ACCESS_NOT_REFUSED
    ),
    "session.provider_is_warned_before_the_session_ends": sees(
        "missing_script", Cause.CONTENT_WRONG
    ),
    "session.idle_session_ends_on_the_server": sees("session_endless", Cause.ACCESS_NOT_REFUSED),
    "session.screen_is_cleared_when_the_session_ends": sees("missing_script", Cause.CONTENT_WRONG),
    "compatibility.old_browser_is_told_and_let_on": sees(
        "blank_page", Cause.CONTENT_WRONG, path="/unsupported-browser/"
    ),
    "compatibility.supported_browsers_are_listed": sees(
        "truncated_page", Cause.CONTENT_WRONG, path="/supported-browsers/"
    ),
    "access.dashboard_needs_a_session": sees("sign_in_not_required", Cause.ACCESS_NOT_REFUSED),
    "access.dashboard_needs_the_second_factor": sees(
        "second_factor_skippable", Cause.ACCESS_NOT_REFUSED
    ),
    "access.every_page_needs_a_session": sees("sign_in_not_required", Cause.ACCESS_NOT_REFUSED),
    "access.other_practices_patient_is_not_found": sees(
        "account_switched", Cause.ACCESS_NOT_REFUSED
    ),
    "dashboard.dashboard_shows_figures_and_activity": sees(
        "dashboard_without_data", Cause.CONTENT_WRONG
    ),
    "dashboard.pending_decisions_are_counted_rightly": sees(
        "dashboard_without_data", Cause.CONTENT_WRONG
    ),
    "dashboard.navigation_opens_every_page_by_keyboard": sees(
        "status_500", Cause.SERVER_ERROR, path="/resources/"
    ),
    "applications.application_is_approved": sees("decisions_reversed", Cause.CONTENT_WRONG),
    "applications.application_is_declined": sees("decisions_reversed", Cause.CONTENT_WRONG),
    "applications.application_is_pending": sees("decisions_reversed", Cause.CONTENT_WRONG),
    "applications.draft_is_saved_and_resumed": sees("drafts_lost", Cause.CONTENT_WRONG),
    "transactions.sale_is_posted_with_its_instalments": sees(
        "instalments_short", Cause.CONTENT_WRONG
    ),
    "transactions.sale_is_refunded": sees("refunds_uncounted", Cause.CONTENT_WRONG),
    "transactions.payment_plan_adds_up": sees("instalments_short", Cause.CONTENT_WRONG),
    "transactions.transactions_are_filtered_and_sorted": sees(
        "filters_ignored", Cause.CONTENT_WRONG
    ),
    "transactions.transaction_has_its_details": sees(
        "account_switched", Cause.CONTENT_WRONG, path="/transactions/T-*"
    ),
    "patients.patient_is_found_by_name": sees("filters_ignored", Cause.CONTENT_WRONG),
    "patients.account_shows_balance_and_history": sees(
        "wrong_content_type", Cause.CONTENT_WRONG, path="/patients/*"
    ),
    "patients.statement_is_downloaded": sees("download_broken", Cause.CONTENT_WRONG),
    "patients.note_is_kept": sees("account_switched", Cause.CONTENT_WRONG),
    "reports.report_has_the_days_asked_for": sees("filters_ignored", Cause.CONTENT_WRONG),
    "reports.report_agrees_with_its_csv": sees("download_broken", Cause.CONTENT_WRONG),
    "reports.report_agrees_with_its_pdf": sees("download_broken", Cause.CONTENT_WRONG),
    "reports.report_counts_every_sale": sees(
        "report_stale", Cause.CONTENT_WRONG, parameters={"days": 600}
    ),
    "resources.guide_is_downloaded": sees("download_broken", Cause.CONTENT_WRONG),
    "resources.question_is_found": sees("filters_ignored", Cause.CONTENT_WRONG),
    "support.support_can_be_called": sees("truncated_page", Cause.CONTENT_WRONG, path="/support/"),
    "support.request_in_writing_is_confirmed": sees("mail_lost", Cause.CODE_NOT_DELIVERED),
    "support.chat_answers": sees("chat_silent", Cause.CONTENT_WRONG),
    "status.status_page_says_all_is_well": sees("status_500", Cause.SERVER_ERROR, path="/status/*"),
    "status.portal_is_open": sees("status_503", Cause.SERVER_ERROR, path="/sign-in/"),
    "status.maintenance_page_says_until_when": sees(
        "blank_page", Cause.CONTENT_WRONG, path="/status/preview/*"
    ),
    "status.outage_page_leads_on": sees("status_500", Cause.SERVER_ERROR, path="/status/"),
    "status.page_that_is_not_there_leads_on": sees(
        "blank_page", Cause.CONTENT_WRONG, path="/sign-in/"
    ),
}
"""What each check sees, and calls it."""


class Watched:
    """The bundled project's checks and accounts, on a portal whose faults can be turned on."""

    def __init__(self, portal: StartedPortal) -> None:
        self.url = portal.url
        self.control = Control(portal.url)
        self.checks = describe_checks(ROOT)
        self._plan: Plan = load(
            ROOT / "portalwatch.yaml", known_checks=self.checks, known_browsers=KNOWN
        )
        self._accounts = resolve_accounts(self._plan, portal.secrets)
        self._rested = list(self._accounts)  # the longest rested first

    def account_for(self, check: str) -> Account | None:
        """One of those that the plan gives the check: its one-time code is likely a fresh one."""
        plan = entry_for(self._plan, self.checks, check, "chromium").plan
        names = self._plan.accounts_for(plan)
        if not names:
            return None
        name = next(name for name in self._rested if name in names)
        self._rested.remove(name)
        self._rested.append(name)
        return self._accounts[name]

    def says(self) -> Any:
        return importlib.import_module("flows.pages").PORTAL_SAYS


@pytest.fixture(scope="module")
def watched() -> Iterator[Watched]:
    with serve(environment={"PORTAL_CONTROL_TOKEN": TOKEN}) as portal:
        watched = Watched(portal)
        yield watched
        watched.control.close()


def test_every_check_has_a_fault_that_it_sees() -> None:
    assert set(SEEN) == set(describe_checks(ROOT))


@pytest.mark.parametrize(
    "check", [pytest.param(check, marks=proves(seen.fault)) for check, seen in SEEN.items()]
)
def test_it_fails_where_its_claim_is_broken(
    check: str, watched: Watched, runs: SingleRuns, chromium: Any
) -> None:
    module, _, name = check.partition(".")
    function = getattr(importlib.import_module(f"checks.{module}"), f"check_{name}")
    seen = SEEN[check]
    lost = seen.cause is Cause.CODE_NOT_DELIVERED
    watched.control.reset()  # a fault that was on may have changed an account
    watched.control.turn_on(seen.fault, **seen.scope)
    try:
        attempt = runs.attempt(
            function,
            chromium,
            watched.url,
            account=watched.account_for(check),
            portal_says=watched.says(),
            deadline=60.0,
            timeout=ANSWER_SECONDS,
            message_seconds=LOST_AFTER if lost else MESSAGE_SECONDS,
        )
    finally:
        watched.control.all_well()
    assert (attempt.outcome, attempt.cause) == (Outcome.FAIL, seen.cause), attempt.message


def test_a_code_that_is_refused_while_our_clock_is_wrong_is_our_fault(
    watched: Watched, runs: SingleRuns, chromium: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = "two_factor.provider_signs_in_with_totp"
    function = importlib.import_module("checks.two_factor").check_provider_signs_in_with_totp
    ahead = SimpleNamespace(time=lambda: time.time() + 300)
    monkeypatch.setattr("portalwatch.recorder.time", ahead)
    watched.control.turn_on("totp_clock_skew")
    try:
        account = watched.account_for(check)
        attempt = runs.attempt(
            function,
            chromium,
            watched.url,
            account=account,
            portal_says=watched.says(),
            deadline=60.0,
            timeout=ANSWER_SECONDS,
        )
    finally:
        watched.control.all_well()
    assert (attempt.outcome, attempt.cause) == (Outcome.ERROR, Cause.CLOCK_DRIFT), attempt.message
    (drift,) = [m.value for m in attempt.measures if m.name == "clock_drift_seconds"]
    assert drift == pytest.approx(300, abs=5)
    # The portal counts it against the account all the same.
    (state,) = [s for s in runs.budget.states() if account and s.name == account.key]
    assert (state.failed, state.refused) == (1, 1)
