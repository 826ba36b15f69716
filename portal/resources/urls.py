"""Paths under /resources/."""

from django.urls import path

from portal.resources import views

app_name = "resources"
urlpatterns = [
    path("", views.home, name="home"),
    path("faq/", views.faq, name="faq"),
    path("<slug:name>.pdf", views.file, name="file"),
]
