"""Accounts in the operator's admin: no alias, no note, no number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin

from bridgenotes.accounts.models import Account

if TYPE_CHECKING:
    from django.http import HttpRequest


@admin.register(Account)
class AccountAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not generic at run time
    """Look up and deactivate accounts."""

    list_display = ("email", "is_active", "is_staff")
    search_fields = ("email",)
    fields = ("email", "joined_at", "last_violation_at", "is_active", "is_staff", "is_superuser", "groups")
    filter_horizontal = ("groups",)

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """Accounts are made by signing up, operators by `manage createsuperuser`."""
        return False
