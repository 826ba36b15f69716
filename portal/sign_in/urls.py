"""Paths of the way in and out."""

from django.urls import path

from portal.sign_in import cookies, views

app_name = "sign_in"
urlpatterns = [
    path("sign-in/", views.password, name="password"),
    path("sign-in/forget/", views.forget_user_id, name="forget_user_id"),
    path("session/", views.stay, name="stay"),
    path("clear-cookies/", cookies.clear, name="clear_cookies"),
    path("sign-out/", views.sign_out, name="sign_out"),
    path("signed-out/", views.signed_out, name="signed_out"),
]
