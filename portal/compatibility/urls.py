"""Paths of the pages about browsers."""

from django.urls import path

from portal.compatibility import views

app_name = "compatibility"
urlpatterns = [
    path("supported-browsers/", views.supported, name="supported"),
    path("unsupported-browser/", views.unsupported, name="unsupported"),
]
