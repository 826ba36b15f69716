"""The provider's own page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from portal.second_factor import totp


def profile(request: HttpRequest) -> HttpResponse:
    """Who is signed in, for which practice, and how the account is protected."""
    return render(
        request,
        "accounts/profile.html",
        {
            "practice": request.user.practice,
            "second_factor_on": totp.device_of(request.user) is not None,
        },
    )
