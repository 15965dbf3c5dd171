"""Hosts in the operator's admin: switched on and off; made by the command, which shows the token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin

from bridgenotes.posts.models import Host

if TYPE_CHECKING:
    from django.http import HttpRequest


@admin.register(Host)
class HostAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not generic at run time
    """See hosts, and end what one may do."""

    list_display = ("name", "sites", "is_active")
    fields = ("name", "sites", "claim_key", "is_active", "created_at")
    readonly_fields = ("name", "sites", "claim_key", "created_at")

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """Hosts come from ``bridgenotes manage addhost``, which shows the token once."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Host | None = None) -> bool:  # noqa: ARG002
        """Their posts name them; switching off is enough."""
        return False
