"""All addresses of the site. An app adds its pages in `bridgenotes.web.urls`, its routes in `bridgenotes.api`."""

from __future__ import annotations

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from bridgenotes.api.main import api
from bridgenotes.server import health, metrics
from bridgenotes.web.views.site import choose_language

admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]  # limits, factors

urlpatterns = [
    path("", include("bridgenotes.web.urls")),
    path("accounts/", include("allauth.urls")),
    path("language", choose_language, name="set_language"),
    path("api/v1/", api.urls),
    path("operator/", admin.site.urls),
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
]
handler400 = "bridgenotes.web.problems.bad_request"
handler403 = "bridgenotes.web.problems.forbidden"
handler404 = "bridgenotes.web.problems.not_found"
handler500 = "bridgenotes.web.problems.server_error"
