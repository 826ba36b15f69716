"""Paths under /transactions/."""

from django.urls import path

from portal.transactions import refunds, selling, views

app_name = "transactions"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("overdue/", views.overdue, name="overdue"),
    path("new-sale/", selling.choose_account, name="new_sale"),
    path("new-sale/<str:number>/", selling.details, name="sale_details"),
    path("sale/<uuid:draft>/details/", selling.change, name="sale_change"),
    path("sale/<uuid:draft>/plan/", selling.plan, name="sale_plan"),
    path("sale/<uuid:draft>/confirm/", selling.confirm, name="sale_confirm"),
    path("<str:reference>/", views.detail, name="detail"),
    path("<str:reference>/receipt/", views.receipt, name="receipt"),
    path("<str:reference>/refund/", refunds.refund, name="refund"),
]
