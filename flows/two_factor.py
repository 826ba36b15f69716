"""The second factor: a one-time code after the password."""

from __future__ import annotations

from flows import pages
from portalwatch.journey import Journey


def enter_code(journey: Journey, *, trust: bool = False) -> None:
    """Submit a code of the account that was never used before; ``trust``: this browser, too."""
    # Taken only once the page asks for it: a code that waits for a slow page may expire.
    pages.code(journey.page).wait_for()
    if trust:
        pages.trust_this_device(journey.page).check()
    submit_code(journey, journey.one_time_code())


def submit_code(journey: Journey, code: str) -> None:
    """Submit ``code`` on the page that asks for one."""
    pages.code(journey.page).fill(code)
    journey.password_taken()  # else no code would be asked for
    pages.continue_button(journey.page).click()


def submit_refused_code(journey: Journey, code: str) -> None:
    """Submit a ``code`` that the portal is to refuse, and may count as a failure."""
    journey.meant_to_fail()
    submit_code(journey, code)


def fail_at_the_code(journey: Journey, *, times: int) -> None:
    """Give a wrong code, so often, each time on a fresh page."""
    page = journey.page
    for _ in range(times):
        page.goto(pages.CODE)
        submit_refused_code(journey, journey.wrong_one_time_code())
        # The last one allowed leads back to the sign-in, where nothing is said of it.
        pages.settled(page).or_(pages.sign_in_button(page)).first.wait_for()


def cancel(journey: Journey) -> None:
    """Give up the sign-in that waits for its code."""
    pages.cancel_button(journey.page).click()
    journey.password_taken()


def new_backup_codes(journey: Journey) -> list[str]:
    """Have backup codes made, and read them. Those made before are void."""
    page = journey.page
    page.goto(pages.NEW_BACKUP_CODES)
    journey.enter_secret(pages.current_password(page), journey.account.password)
    pages.make_backup_codes_button(page).click()
    pages.backup_codes(page).first.wait_for()
    journey.password_taken()
    codes = pages.backup_codes(page).all_inner_texts()
    journey.keep_secret(*codes)
    return codes


def submit_backup_code(journey: Journey, code: str) -> None:
    """Choose the backup codes instead of the app, and submit one."""
    page = journey.page
    pages.another_way_link(page).click()
    pages.backup_code_way(page).click()
    pages.backup_code_heading(page).wait_for()
    submit_code(journey, code)


def choose_email(journey: Journey) -> None:
    """Have a code mailed instead of using the app."""
    page = journey.page
    pages.another_way_link(page).click()
    pages.email_way(page).click()
    pages.new_code_button(page).wait_for()


def ask_for_new_code(journey: Journey) -> None:
    """Press the button that sends another code; the page then says what came of it."""
    pages.new_code_button(journey.page).click()
    pages.code_note(journey.page).wait_for()


def wait_for_new_code(journey: Journey) -> None:
    """Wait for as long as the portal makes people wait, and have another code sent."""
    with journey.waiting("new_code_allowed_after_seconds"):
        pages.new_code_allowed(journey.page).wait_for()
    ask_for_new_code(journey)


def forget_trusted_devices(journey: Journey) -> None:
    """Have a code asked for on every browser again."""
    journey.page.goto(pages.SECURITY)
    pages.forget_devices_button(journey.page).click()
