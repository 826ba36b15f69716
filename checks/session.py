from __future__ import annotations

from secrets import token_hex

from playwright.sync_api import expect

from flows import dashboard, login, pages, session, two_factor
from portalwatch.journey import Journey
from portalwatch.model import Cause


def check_session_is_new_after_sign_in(journey: Journey) -> None:
    """Whoever knows the session of a sign-in under way does not share what it becomes."""
    page = journey.page
    with journey.step("give the password"):
        login.sign_in(journey, journey.account)
        expect(pages.code_heading(page)).to_be_visible()
        before = session.cookie(journey)
        assert before is not None  # a sign-in is under way
    with journey.step("enter the code"):
        two_factor.enter_code(journey)
        login.arrive(journey)
        after = session.cookie(journey)
        journey.require(
            after is not None and after["value"] != before["value"],
            "the portal kept the session that was there before the sign-in",
            cause=Cause.ACCESS_NOT_REFUSED,
        )
    with journey.step("try the one from before"):
        session.forget_everything(journey)
        session.put(journey, before)
        _is_outside(journey, "with the session from before the sign-in")


def check_sign_out_ends_session_on_the_server(journey: Journey) -> None:
    """After the sign-out the session is over: its cookie, put back, opens nothing."""
    page = journey.page
    with journey.step("sign in, and out again"):
        login.enter(journey)
        kept = session.cookie(journey)
        assert kept is not None  # somebody is signed in
        login.sign_out(journey)
        expect(pages.signed_out_heading(page)).to_be_visible()
    with journey.step("put the old cookie back"):
        session.put(journey, kept)
        _is_outside(journey, "after the sign-out, with the old cookie")


def check_only_the_own_button_signs_out(journey: Journey) -> None:
    """No link, and no form of another site, can sign a provider out."""
    page = journey.page
    with journey.step("sign in"):
        login.enter(journey)
    with journey.step("follow a link to the sign-out"):
        page.goto(pages.SIGN_OUT)
        dashboard.open_dashboard(journey)
        expect(pages.greeting(page)).to_be_visible()
    with journey.step("send the sign-out's form without what only the portal knows"):
        refused = page.request.post(pages.SIGN_OUT, headers={"Origin": "https://other.example"})
        journey.require(
            refused.status == 403,
            f"the portal took another site's form ({refused.status})",
            cause=Cause.ACCESS_NOT_REFUSED,
        )
        dashboard.open_dashboard(journey)
        expect(pages.greeting(page)).to_be_visible()
    with journey.step("sign out by the button"):
        login.sign_out(journey)
        expect(pages.signed_out_heading(page)).to_be_visible()


def check_session_cookie_is_protected(journey: Journey) -> None:
    """No script, and no other site, can get at a provider's session."""
    with journey.step("sign in"):
        login.enter(journey)
    with journey.step("look at the cookie"):
        cookie = session.cookie(journey) or {}
        journey.require(cookie.get("httpOnly") is True, "scripts can read the session's cookie")
        journey.require(
            cookie.get("sameSite") in ("Lax", "Strict"), "other sites' forms carry the session"
        )
        safe = journey.base_url.startswith("http:") or cookie.get("secure") is True
        journey.require(safe, "the session's cookie is sent over plain HTTP as well")


def check_stale_cookies_do_no_harm(journey: Journey) -> None:
    """A browser with old or foreign cookies is led to the sign-in, and can sign in there."""
    page = journey.page
    with journey.step("come with a session that is long over"):
        session.put(journey, session.stale_cookie(journey, token_hex(16)))
        _is_outside(journey, "with a session that never was")
    with journey.step("come with another application's cookie"):
        session.put(journey, session.stale_cookie(journey, "another.application's"))
        _is_outside(journey, "with another application's cookie")
    with journey.step("sign in"):
        login.enter(journey)
        expect(pages.greeting(page)).to_contain_text(journey.account.name)


def check_cookies_can_be_cleared(journey: Journey) -> None:
    """Who is signed out again and again can clear the portal's cookies, and sign in anew."""
    page = journey.page
    with journey.step("find the page on the sign-in"):
        login.sign_in(journey, journey.account, remember=True)
        login.arrive(journey)
        login.sign_out(journey)
        expect(pages.signed_out_heading(page)).to_be_visible()
        login.open_sign_in(journey)
        expect(pages.user_id(page)).to_have_value(journey.account.user_id)
        expect(pages.clear_cookies_link(page)).to_be_visible()
    with journey.step("clear the cookies"):
        session.clear_cookies(journey)
    with journey.step("begin as in a new browser"):
        pages.go_to_sign_in_link(page).click()
        expect(pages.user_id(page)).to_have_value("")
        login.enter(journey)


def check_sign_out_everywhere_ends_other_sessions(journey: Journey) -> None:
    """A provider can end the sessions in all other browsers, and goes on in this one."""
    page = journey.page
    with journey.step("sign in with another browser"):
        login.enter(journey)
        other = session.cookie(journey)
        assert other is not None  # somebody is signed in
    with journey.step("sign in with this one"):
        session.forget_everything(journey)
        login.enter(journey)
    with journey.step("sign out everywhere else"):
        session.sign_out_everywhere_else(journey)
        expect(pages.sessions(page)).to_have_count(1)
        dashboard.open_dashboard(journey)
        expect(pages.greeting(page)).to_be_visible()
    with journey.step("be the other browser again"):
        session.put(journey, other)
        _is_outside(journey, "in a browser that was signed out from another one")


def check_provider_is_warned_before_the_session_ends(journey: Journey) -> None:
    """Who does nothing for a while is warned before being signed out, and can stay."""
    page = journey.page
    with journey.step("sign in"):
        page.clock.install()
        login.enter(journey)
        expect(pages.idle_warning(page)).to_be_hidden()
    with journey.step("do nothing until shortly before the end"):
        session.be_idle(journey, minutes=14)
        expect(pages.idle_warning(page)).to_be_visible()
    with journey.step("stay signed in"):
        pages.stay_signed_in_button(page).click()
        expect(pages.idle_warning(page)).to_be_hidden()
        expect(pages.greeting(page)).to_be_visible()


def check_idle_session_ends_on_the_server(journey: Journey) -> None:
    """A session is over once nothing has been done for as long as the portal says."""
    with journey.step("sign in"):
        login.enter(journey)
    with journey.step("have no page of the portal open, for that long"):
        session.stay_away_until_it_ends(journey)
    with journey.step("come back"):
        _is_outside(journey, "after the idle time that it tells")
        expect(pages.session_ended_note(journey.page)).to_be_visible()


def check_screen_is_cleared_when_the_session_ends(journey: Journey) -> None:
    """Of who stays away for too long nothing is left on the screen, and they are told why."""
    page = journey.page
    with journey.step("sign in"):
        page.clock.install()
        login.enter(journey)
    with journey.step("stay away until after the end"):
        # The page's clock runs ahead of the server's, where the session would be over as well.
        session.forget_everything(journey)
        session.be_idle(journey, minutes=16)
        expect(pages.session_ended_note(page)).to_be_visible()
        journey.require(
            pages.greeting(page).count() == 0,
            "the dashboard stayed on the screen after the end of the session",
            cause=Cause.ACCESS_NOT_REFUSED,
        )


def _is_outside(journey: Journey, when: str) -> None:
    """The dashboard, asked for, leads to the sign-in, and nothing of it is shown."""
    page = journey.page
    dashboard.open_dashboard(journey)
    expect(pages.sign_in_heading(page).or_(pages.greeting(page))).to_be_visible()
    journey.require(
        pages.greeting(page).count() == 0,
        f"the portal showed the dashboard {when}",
        cause=Cause.ACCESS_NOT_REFUSED,
    )
