"""Addresses of the pages."""

from __future__ import annotations

from django.urls import path

from bridgenotes.web.views import joining, profile, site

urlpatterns = [
    path("", site.home, name="home"),
    path("about/values", site.values, name="values"),
    path("join", joining.join, name="join"),
    path("join/apply", joining.apply, name="apply"),
    path("join/withdraw", joining.withdraw, name="withdraw"),
    path("join/alias", joining.alias, name="alias"),
    path("welcome", joining.welcome, name="welcome"),
    path("account", profile.account, name="account"),
    path("settings", profile.settings, name="settings"),
    path("settings/leave", profile.leave, name="leave"),
    path("settings/rejoin", profile.rejoin, name="rejoin"),
    path("team", profile.team, name="team"),
    path("u/<str:alias>", profile.profile, name="profile"),
]
