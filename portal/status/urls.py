"""Paths of the public status."""

from django.urls import path

from portal.status import preview, views

app_name = "status"
urlpatterns = [
    path("status/", views.page, name="page"),
    path("status.json", views.document, name="document"),
    path("status/preview/maintenance/", preview.closed, name="maintenance_preview"),
    path("status/preview/outage/", preview.outage, name="outage_preview"),
]
