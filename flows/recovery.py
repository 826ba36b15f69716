"""Recovering a forgotten User ID or password."""

from __future__ import annotations

from flows import pages, two_factor
from portalwatch.account import Account
from portalwatch.journey import Journey
from portalwatch.secrets import Secret

LINK, CODE = "Email me a link", "Email me a code"


def ask_for_user_id(journey: Journey, address: str) -> None:
    """Have the User IDs of an email address mailed to it."""
    page = journey.page
    page.goto(pages.FORGOT_USER_ID)
    pages.email_address(page).fill(address)
    pages.email_user_id_button(page).click()
    pages.check_your_email_heading(page).wait_for()


def ask_for_link(journey: Journey, user_id: str) -> None:
    """Have a link to a new password mailed."""
    _ask(journey, user_id, LINK)
    pages.check_your_email_heading(journey.page).wait_for()


def ask_for_code(journey: Journey, user_id: str) -> None:
    """Have a code mailed, and stay on the page that it is typed on."""
    _ask(journey, user_id, CODE)
    pages.mailed_code_heading(journey.page).wait_for()


def open_mailed_link(journey: Journey, account: Account) -> str:
    """Ask for a link, and open the one that arrives; gives it."""
    # The notice of a password that was just changed may be on its way.
    with journey.expect_message("mail", having=pages.RECOVERY_LINK) as sent:
        ask_for_link(journey, account.user_id)
    link = sent.find(pages.RECOVERY_LINK)
    journey.page.goto(link)
    return link


def type_mailed_code(journey: Journey, account: Account) -> None:
    """Ask for a code, and type the one that arrives."""
    with journey.expect_message("mail") as sent:
        ask_for_code(journey, account.user_id)
    two_factor.submit_code(journey, sent.code())


def set_password(journey: Journey, password: Secret) -> None:
    """Give ``password`` on the page that asks for a new one."""
    page = journey.page
    journey.enter_new_secret(pages.new_password(page), password)
    pages.save_password_button(page).click()


def change_password(journey: Journey, password: Secret) -> None:
    """Give the account ``password``, on the page that asks for a new one."""
    with journey.password_change(password):
        set_password(journey, password)
        pages.password_changed_heading(journey.page).wait_for()


def put_password_back(journey: Journey, account: Account) -> None:
    """Make the password again the one that the plan knows."""
    open_mailed_link(journey, account)
    change_password(journey, account.password)


def _ask(journey: Journey, user_id: str, way: str) -> None:
    page = journey.page
    page.goto(pages.FORGOT_PASSWORD)
    pages.user_id(page).fill(user_id)
    pages.way_back(page, way).check()
    pages.continue_button(page).click()
