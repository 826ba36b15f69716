"""Every path of the portal. Each asks for a sign-in unless its view says otherwise."""

from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.generic import RedirectView

from portal import views

urlpatterns = [
    path("", login_not_required(RedirectView.as_view(pattern_name="dashboard:home"))),
    path("", include("portal.sign_in.urls")),
    path("dashboard/", include("portal.dashboard.urls")),
    path("account/", include("portal.accounts.urls")),
    path("healthz", views.healthz, name="healthz"),
]

handler400 = "portal.views.bad_request"
handler403 = "portal.views.permission_denied"
handler404 = "portal.views.page_not_found"
handler500 = "portal.views.server_error"
