"""Paths of codes at sign-in, and of the page where they are set up."""

from django.urls import path

from portal.second_factor import set_up, views

app_name = "second_factor"
urlpatterns = [
    path("sign-in/code/", views.code, name="code"),
    path("sign-in/code/send/", views.send, name="send"),
    path("sign-in/another-way/", views.another_way, name="another_way"),
    path("sign-in/cancel/", views.cancel, name="cancel"),
    path("account/security/", set_up.overview, name="security"),
    path("account/security/app/", set_up.app, name="app"),
    path("account/security/backup-codes/", set_up.backup_codes, name="backup_codes"),
    path("account/security/forget-devices/", set_up.forget_devices, name="forget_devices"),
    path("account/security/change/<slug:name>/", set_up.change, name="change"),
]
