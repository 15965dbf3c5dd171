"""Addresses, by the names and paths that allauth gives them."""

from __future__ import annotations

from django.urls import path

from bridgenotes.accounts.openid import views

urlpatterns = [
    path("oidc/<slug:provider_id>/login/", views.login, name="openid_connect_login"),
    path("oidc/<slug:provider_id>/login/callback/", views.callback, name="openid_connect_callback"),
]
