"""Paths under /account/."""

from django.urls import path

from portal.accounts import views

app_name = "accounts"
urlpatterns = [
    path("", views.profile, name="profile"),
    path("password/", views.change_password, name="change_password"),
    path("sessions/<int:key>/sign-out/", views.sign_out_session, name="sign_out_session"),
    path("sign-out-everywhere/", views.sign_out_everywhere, name="sign_out_everywhere"),
]
