"""What the portal says when something is wrong, and what that means for whoever is on call."""

from __future__ import annotations

from portalwatch.diagnosis import PortalSays
from portalwatch.model import Cause

PORTAL_SAYS = (
    PortalSays(r"User ID or password is incorrect", Cause.INVALID_CREDENTIALS),
    PortalSays(r"temporarily locked", Cause.ACCOUNT_LOCKED),
    PortalSays(r"password is disabled", Cause.ACCOUNT_LOCKED),
    PortalSays(r"account is (suspended|inactive)", Cause.ACCOUNT_SUSPENDED),
    PortalSays(r"code is not right", Cause.SECOND_FACTOR_REJECTED),
    PortalSays(r"code has already been used", Cause.SECOND_FACTOR_REJECTED),
    PortalSays(r"too many (wrong )?codes", Cause.SECOND_FACTOR_REJECTED),
    PortalSays(r"your session has ended", Cause.SESSION_LOST),
    PortalSays(r"something went wrong", Cause.SERVER_ERROR, selector="h1"),
    PortalSays(r"portal is not available", Cause.SERVER_ERROR, selector="h1"),
    PortalSays(r"we are working on the portal", Cause.MAINTENANCE, selector="h1"),
    PortalSays(r"browser is not supported", Cause.BROWSER_UNSUPPORTED, selector="h1"),
)
