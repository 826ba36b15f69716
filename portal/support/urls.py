"""Paths under /support/; the chat's socket, /support/chat/, is portal.support.chat's."""

from django.urls import path

from portal.support import views

app_name = "support"
urlpatterns = [
    path("", views.home, name="home"),
    path("requests/<str:number>/", views.ticket, name="ticket"),
    path("chats/<str:number>/transcript.txt", views.transcript, name="transcript"),
]
