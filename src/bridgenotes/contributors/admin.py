"""Contributors in the operator's admin: what is public anyway, and their messages to the team."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin

from bridgenotes.contributors.models import TeamMessage

if TYPE_CHECKING:
    from django.http import HttpRequest


@admin.register(TeamMessage)
class TeamMessageAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not generic at run time
    """Read messages and tick them off."""

    list_display = ("contributor", "written_on", "is_answered")
    list_filter = ("is_answered",)
    readonly_fields = ("contributor", "text", "written_on")

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """Messages come from contributors."""
        return False
