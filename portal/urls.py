"""Every path of the portal. Each asks for a sign-in unless its view says otherwise."""

from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.generic import RedirectView

from portal import views
from portal.transactions import plans

urlpatterns = [
    path("", login_not_required(RedirectView.as_view(pattern_name="dashboard:home"))),
    path("", include("portal.sign_in.urls")),
    path("", include("portal.second_factor.urls")),
    path("dashboard/", include("portal.dashboard.urls")),
    path("applications/", include("portal.applications.urls")),
    path("transactions/", include("portal.transactions.urls")),
    path("plans/", plans.overview, name="plans"),
    path("account/", include("portal.accounts.urls")),
    path("patients/", include("portal.patients.urls")),
    path("reports/", include("portal.reports.urls")),
    path("resources/", include("portal.resources.urls")),
    path("support/", include("portal.support.urls")),
    path("administration/", include("portal.administration.urls", namespace="admin")),
    path("control/", include("portal.control.urls")),
    path("recovery/", include("portal.recovery.urls")),
    path("", include("portal.compatibility.urls")),
    path("", include("portal.status.urls")),
    path("healthz", views.healthz, name="healthz"),
]

handler400 = "portal.views.bad_request"
handler403 = "portal.views.permission_denied"
handler404 = "portal.views.page_not_found"
handler500 = "portal.views.server_error"
