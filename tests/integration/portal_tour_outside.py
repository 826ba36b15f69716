"""The tour's pages for which nobody has to be signed in, and those between two factors."""

from __future__ import annotations

import pyotp

from tests.integration.portal_tour import Stops, Visit

REMOVE = "element => element.remove()"
LINK = r"/recovery/link/[\w-]+/"
NEW_PASSWORD = "Tundra-Violin-Kettle-Moss-93"


def signing_in(visit: Visit) -> Stops:
    visit.open("/sign-in/")
    yield "sign-in"
    visit.press("Sign in")
    yield "sign-in, nothing typed"
    visit.give_password("basic", "wrong")
    yield "sign-in, wrong password"
    visit.open("/sign-in/?reason=session-ended")
    yield "sign-in, session ended"
    for key in ("suspended", "inactive"):
        visit.give_password(key)
        yield f"sign-in, {key}"
    for _ in range(5):
        visit.give_password("lockout", "wrong")
    yield "sign-in, locked"
    visit.control.post("/faults", json={"name": "credentials_store_down"})
    visit.give_password("basic")
    yield "sign-in, passwords cannot be checked"
    visit.control.delete("/faults")
    visit.give_password("basic", remember=True)
    visit.press("Sign out", within="header")
    yield "signed out"
    visit.open("/sign-in/")
    yield "sign-in, remembered"
    visit.open("/sign-in/").locator("[name=csrfmiddlewaretoken]").first.evaluate(REMOVE)
    visit.press("Sign in")
    yield "page out of date"
    visit.open("/clear-cookies/")
    yield "clear cookies"
    visit.press("Clear cookies and start again")
    yield "cookies cleared"
    visit.open("/sign-in/").locator("[name=csrfmiddlewaretoken]").first.evaluate(REMOVE)
    visit.forget_everything()
    visit.press("Sign in")
    yield "page out of date, without cookies"
    visit.open("/sign-in/").locator("#cookies-off").evaluate("note => { note.hidden = false }")
    yield "sign-in, cookies are off"
    visit.give_password("expired_password")
    yield "password has expired"
    visit.press("Set new password")
    yield "password has expired, nothing typed"


def second_factor(visit: Visit) -> Stops:
    visit.give_password("all_factors")
    yield "code of the app"
    visit.fill(code="12")
    visit.press("Continue")
    yield "code of the app, too short"
    ways = {"app": "authenticator app", "email": "Email a code", "sms": "Text a code"}
    for factor, way in ways.items():
        visit.open("/sign-in/another-way/")
        visit.going(visit.page.get_by_role("button", name=way))
        visit.fill(code="000000")
        visit.press("Continue")
        yield f"code by {factor}, wrong"
    visit.open("/sign-in/another-way/")
    yield "another way"
    visit.press("Use a backup code")
    yield "backup code"
    visit.press("Continue")
    yield "backup code, nothing typed"
    visit.open("/sign-in/code/?note=sent")
    yield "code, with a note"
    visit.open("/sign-in/another-way/")
    visit.press("Use your authenticator app")
    visit.page.get_by_label("Do not ask again").check()
    visit.fill(code=visit.code_of_app("all_factors"))
    visit.press("Continue")
    visit.open("/account/")
    yield "account with every factor"
    visit.open("/account/security/")
    yield "security with every factor"


def set_up(visit: Visit) -> Stops:
    password = visit.account("no_factor_yet")["password"]
    visit.give_password("no_factor_yet")
    visit.open("/account/security/")
    yield "security without a factor"
    visit.open("/account/security/change/set-up-app/")
    yield "set up the app"
    visit.press("Continue")
    yield "set up the app, nothing typed"
    visit.fill(password=password)
    visit.press("Continue")
    yield "the key of the app"
    visit.press("Turn on")
    yield "the key of the app, nothing typed"
    key = visit.page.locator(".key").inner_text().replace(" ", "")
    visit.fill(code=pyotp.TOTP(key).now())
    visit.press("Turn on")
    yield "the app is on"
    visit.open("/account/security/change/new-backup-codes/")
    visit.fill(password=password)
    visit.press("Make backup codes")
    yield "backup codes"


def recovery(visit: Visit) -> Stops:
    account = visit.account("recovery")
    visit.open("/recovery/user-id/")
    yield "forgotten User ID"
    visit.press("Email me my User ID")
    yield "forgotten User ID, nothing typed"
    visit.fill(email=account["email"])
    visit.press("Email me my User ID")
    yield "User ID sent"
    visit.open("/recovery/link/nothing/")
    yield "link that is none"
    visit.open("/recovery/password/")
    yield "forgotten password"
    visit.press("Continue")
    yield "forgotten password, nothing typed"
    visit.fill(user_id=account["user_id"])
    visit.press("Continue")
    yield "link sent"
    visit.open("/recovery/password/")
    visit.page.get_by_label("Email me a code").check()
    visit.fill(user_id=account["user_id"])
    visit.press("Continue")
    yield "recovery code"
    visit.fill(code="000000")
    visit.press("Continue")
    yield "recovery code, wrong"
    # Asked for after the link, the code has taken its place; a newer link takes the code's.
    replaced = visit.mailed(LINK)
    visit.open(replaced)
    yield "link that was replaced"
    visit.open("/recovery/password/")
    visit.fill(user_id=account["user_id"])
    visit.press("Continue")
    link = visit.mailed(LINK, but=replaced)
    visit.open(link)
    yield "new password"
    visit.fill(password="short")
    visit.press("Save new password")
    yield "new password, too short"
    visit.fill(password=NEW_PASSWORD)
    visit.press("Save new password")
    yield "password changed"
    visit.open(link)
    yield "link that was used"


def public(visit: Visit) -> Stops:
    visit.open("/status/")
    yield "status"
    visit.open("/supported-browsers/")
    yield "supported browsers"
    visit.open("/unsupported-browser/?missing=script")
    yield "unsupported browser"
    visit.open("/sign-in/nowhere/")
    yield "not found"
    # A name of this machine that the portal was not told of.
    visit.open(visit.portal["url"].replace("127.0.0.1", "other.localhost"))
    yield "bad request"
    visit.open(visit.portal["inbox"])
    yield "inbox"
    note = "We exchange disks."
    visit.control.post("/maintenance", json={"starts_in": 3600, "seconds": 600, "message": note})
    visit.open("/sign-in/")
    yield "sign-in, maintenance is planned"
    visit.control.post("/maintenance", json={"seconds": 600, "message": note})
    visit.open("/sign-in/")
    yield "maintenance"
    visit.open("/status/")
    yield "status, under maintenance"
    visit.control.delete("/maintenance")
    visit.open("/status/")
    yield "status, after maintenance"
