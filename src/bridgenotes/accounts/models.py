"""Accounts and their verified phone, without the number."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models

from bridgenotes.base import clock


class AccountManager(BaseUserManager["Account"]):
    """Makes accounts by mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> Account:  # noqa: ANN401
        """Return a new account; without a password nobody signs in by one."""
        account = self.model(email=self.normalize_email(email).lower(), **fields)
        account.set_password(password)
        account.save(using=self._db)
        return account

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> Account:  # noqa: ANN401
        """Return a new operator."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class Account(AbstractBaseUser, PermissionsMixin):
    """A person who can sign in. Knows nothing of notes; there is no field for the last sign-in."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(unique=True)
    joined_at = models.DateTimeField(
        default=clock.now, help_text="When the person joined the platform: here, or at the host as it says."
    )
    last_violation_at = models.DateTimeField(null=True, blank=True)
    language = models.CharField(
        max_length=12, blank=True, help_text="Code of the language messages to the person are written in."
    )
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    last_login = None

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[AccountManager] = AccountManager()

    def __str__(self) -> str:
        """Return the id, not the address: this may end in a log."""
        return f"account {self.id}"


class PhoneFact(models.Model):
    """What is kept of an account's verified number: enough to judge the line, not to call it.

    Several accounts may verify one number; the one that did last may contribute (SU-6).
    """

    account = models.OneToOneField(Account, models.CASCADE, primary_key=True, related_name="phone")
    number_hash = models.CharField(max_length=64, db_index=True)
    country = models.CharField(max_length=2, blank=True)
    line_type = models.CharField(max_length=24)
    carrier = models.CharField(max_length=80, blank=True)
    verified_at = models.DateTimeField()

    def __str__(self) -> str:
        """Return what may be shown to the owner."""
        return f"{self.line_type} number, {self.country or 'no country'}"
