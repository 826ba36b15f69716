"""Paths of the way in and out."""

from django.urls import path

from portal.sign_in import views

app_name = "sign_in"
urlpatterns = [
    path("sign-in/", views.password, name="password"),
    path("sign-in/code/", views.code, name="code"),
    path("sign-in/cancel/", views.cancel, name="cancel"),
    path("sign-out/", views.sign_out, name="sign_out"),
    path("signed-out/", views.signed_out, name="signed_out"),
]
