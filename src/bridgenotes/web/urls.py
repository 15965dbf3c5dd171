"""Addresses of the pages."""

from __future__ import annotations

from django.urls import path

from bridgenotes.web.views import asking, joining, notes, notices, operations, posts, profile, site, staff

urlpatterns = [
    path("", posts.home, name="home"),
    path("new", posts.new, name="new"),
    path("helpful", posts.helpful, name="helpful"),
    path("help", posts.needs_your_help, name="needs_your_help"),
    path("requests", asking.requests, name="requests"),
    path("find", posts.find, name="find"),
    path("posts/<int:post_id>", posts.post, name="post"),
    path("posts/<int:post_id>/write", notes.write, name="write"),
    path("posts/<int:post_id>/request", asking.request_note, name="request_note"),
    path("posts/<int:post_id>/hide-author", posts.hide_author, name="hide_author"),
    path("posts/<int:post_id>/author", asking.author, name="author"),
    path("posts/<int:post_id>/author/prove", asking.prove, name="prove"),
    path("notes/<int:note_id>", notes.note, name="note"),
    path("notes/<int:note_id>/rate", notes.rate, name="rate"),
    path("notes/<int:note_id>/take-back", notes.take_back, name="take_back"),
    path("notes/<int:note_id>/delete", notes.delete, name="delete_note"),
    path("notes/<int:note_id>/feedback", notes.feedback, name="feedback"),
    path("notes/<int:note_id>/report", asking.report_note, name="report_note"),
    path("notes/<int:note_id>/review", asking.request_review, name="request_review"),
    path("review", asking.review, name="review"),
    path("about", site.about, name="about"),
    path("about/notes", notes.guidance, name="guidance"),
    path("staff/reports", staff.reports, name="staff_reports"),
    path("staff/reports/<uuid:report_id>", staff.report, name="staff_report"),
    path("staff/runs", operations.runs, name="staff_runs"),
    path("staff/runs/<uuid:run_id>", operations.run, name="staff_run"),
    path("staff/guard", operations.guard, name="staff_guard"),
    path("status", operations.state, name="state"),
    path("notifications", notices.notices, name="notices"),
    path("notifications/read", notices.read, name="notices_read"),
    path("staff/log", staff.audit_log, name="staff_log"),
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
    path("u/<str:alias>/report", asking.report_contributor, name="report_contributor"),
    path("u/<str:alias>", profile.profile, name="profile"),
]
