"""Paths under /patients/."""

from __future__ import annotations

from datetime import date

from django.urls import path, register_converter

from portal.patients import views


class MonthConverter:
    """A month as "2026-03": the first of its days."""

    regex = "[0-9]{4}-[0-9]{2}"

    def to_python(self, value: str) -> date:
        return date.fromisoformat(f"{value}-01")  # ValueError: no such page

    def to_url(self, value: date) -> str:
        return f"{value:%Y-%m}"


register_converter(MonthConverter, "month")

app_name = "patients"
urlpatterns = [
    path("", views.search, name="list"),
    path("<slug:number>/", views.account, name="account"),
    path("<slug:number>/notes/", views.add_note, name="add_note"),
    path("<slug:number>/transactions/", views.history, name="history"),
    path("<slug:number>/statements/", views.statement_list, name="statements"),
    path("<slug:number>/statements/<month:month>/", views.statement, name="statement"),
    path("<slug:number>/statements/<month:month>.pdf", views.statement_pdf, name="statement_pdf"),
]
