"""Paths under /applications/."""

from django.urls import path

from portal.applications import drafts, existing, views

app_name = "applications"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("new/", views.start, name="start"),
    path("existing/", existing.choose, name="choose_patient"),
    path("existing/<str:number>/", existing.begin, name="existing"),
    path("<str:reference>/", views.detail, name="detail"),
    path("<str:reference>/decision/", views.decision, name="decision"),
    path("<str:reference>/delete/", drafts.delete, name="delete"),
    path("<str:reference>/<slug:slug>/", views.step, name="step"),
]
