"""The administration's site: entered and left the way every other page is."""

from __future__ import annotations

from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from portal.sign_in import destination, session


class Administration(AdminSite):
    """Django's admin without its own ways in, out, and to a new password.

    They would pass by the second factor, the lock and the rules for passwords.
    """

    site_title = "Meridian administration"
    site_header = "Meridian administration"
    index_title = "Provider portal"
    site_url = "/dashboard/"
    enable_nav_sidebar = False

    def login(self, request: HttpRequest, extra_context: object = None) -> HttpResponse:
        """To the portal's sign-in; who is signed in already has no business here."""
        if self.has_permission(request):
            return redirect("admin:index")
        if request.user.is_authenticated:
            raise PermissionDenied
        return redirect(destination.link("sign_in:password", next=destination.of(request)))

    def logout(self, request: HttpRequest, extra_context: object = None) -> HttpResponse:
        """The portal's sign-out; by POST, as there."""
        if request.method != "POST":
            return redirect(destination.HOME)
        session.end(request)
        return redirect("sign_in:signed_out")

    def password_change(self, request: HttpRequest, extra_context: object = None) -> HttpResponse:
        """On the account page, where the portal's rules hold."""
        return redirect("accounts:profile")


site = Administration(name="admin")
