"""Paths under /control/; without a slash at the end, as an API's are."""

from django.urls import path

from portal.control import views

app_name = "control"
urlpatterns = [
    path("faults", views.faults, name="faults"),
    path("faults/<int:number>", views.fault, name="fault"),
    path("maintenance", views.maintenance, name="maintenance"),
    path("reset", views.reset, name="reset"),
    path("accounts/<str:user_id>", views.account, name="account"),
]
