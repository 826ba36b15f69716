"""Paths under /recovery/."""

from django.urls import path

from portal.recovery import views

app_name = "recovery"
urlpatterns = [
    path("user-id/", views.user_id, name="user_id"),
    path("user-id/sent/", views.user_id_sent, name="user_id_sent"),
    path("password/", views.password, name="password"),
    path("password/sent/", views.link_sent, name="link_sent"),
    path("code/", views.code, name="code"),
    path("link/<str:token>/", views.link, name="link"),
    path("new-password/", views.new_password, name="new_password"),
    path("done/", views.done, name="done"),
]
