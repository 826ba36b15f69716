"""Paths of the public status."""

from django.urls import path

from portal.status import views

app_name = "status"
urlpatterns = [
    path("status/", views.page, name="page"),
    path("status.json", views.document, name="document"),
]
