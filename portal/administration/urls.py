"""Paths under /administration/: those of Django's admin."""

# Imported for what they register.
from portal.administration import registrations  # noqa: F401
from portal.administration.site import site

urlpatterns, app_name, _ = site.urls
