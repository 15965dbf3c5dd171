"""The Django app of accounts."""

from __future__ import annotations

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Accounts: personal data, apart from participation."""

    name = "bridgenotes.accounts"
    label = "accounts"

    def ready(self) -> None:
        """Reduce what a host tells about a person, and when somebody signed in, before it is stored."""
        from allauth.socialaccount.models import SocialAccount  # noqa: PLC0415 (apps must be loaded)
        from django.apps import apps  # noqa: PLC0415
        from django.db.models.signals import pre_save  # noqa: PLC0415

        from bridgenotes.accounts.claims import keep_facts_only  # noqa: PLC0415
        from bridgenotes.accounts.moments import FINE, keep_months_only  # noqa: PLC0415

        pre_save.connect(keep_facts_only, sender=SocialAccount, dispatch_uid="accounts.keep_facts_only")
        for app, model, name in FINE:
            keep_months_only(apps.get_model(app, model)._meta.get_field(name))  # noqa: SLF001 (Django documents it)
