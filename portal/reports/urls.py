"""Paths under /reports/."""

from django.urls import path

from portal.reports import views

app_name = "reports"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("report.csv", views.as_csv, name="csv"),
    path("report.pdf", views.as_pdf, name="pdf"),
]
