"""Paths under /applications/."""

from django.urls import path

from portal.applications import views

app_name = "applications"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("new/", views.start, name="start"),
    path("<str:reference>/", views.detail, name="detail"),
    path("<str:reference>/decision/", views.decision, name="decision"),
    path("<str:reference>/<slug:slug>/", views.step, name="step"),
]
