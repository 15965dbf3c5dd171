"""The settings of a site: one typed object, read from the environment.

Every field is documented in ``docs/operate/settings.md``, and a test keeps it so. A nested field is
written with two underscores, e.g. ``BRIDGENOTES_OIDC__ISSUER``.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from bridgenotes.base.configuration import ConfigurationError


class OidcSettings(BaseModel):
    """A host platform that brings its own users by OpenID Connect."""

    issuer: str = Field(default="", description="Address of the OpenID provider; empty: none.")
    client_id: str = Field(default="", description="Our client id there.")
    client_secret: SecretStr = Field(default=SecretStr(""), description="Our client secret there.")
    name: str = Field(default="your account", description="What the sign-in button calls it.")


class ScoringSettings(BaseModel):
    """When and how the worker scores."""

    profile: str = Field(default="x-2026", description="Constants and rules of the engine.")
    prescoring_minutes: int = Field(default=60, ge=1, description="Between two prescorings (about raters).")
    final_minutes: int = Field(default=5, ge=1, description="Between two final scorings (of notes).")
    new_ratings: int = Field(
        default=100,
        ge=1,
        description="So many new ratings start final scoring earlier, after a minute at least.",
    )
    idle_minutes: int = Field(
        default=60, ge=1, description="Between two scorings while nobody rates, writes, edits or deletes."
    )
    timeout_minutes: int = Field(
        default=240, ge=1, description="A phase of the engine that takes longer is ended."
    )
    threads: int = Field(default=0, ge=0, description="Threads of the engine; 0: all cores.")
    memory: str = Field(
        default="", description="Memory budget of the engine, e.g. `4GB`; empty: 60 % of the machine's."
    )
    default_group: int = Field(
        default=1, ge=0, le=33, description="Modeling group of contributors for whom `groups` has none."
    )
    groups: dict[str, int] = Field(
        default_factory=dict,
        description='Modeling group by country of the phone number, as JSON, e.g. `{"JP": 7}`. It is public.',
    )
    keep_runs: int = Field(default=3, ge=1, description="Latest runs of each kind whose files are kept.")


class Settings(BaseSettings):
    """What an operator may decide; every default gives a working site on one machine."""

    model_config = SettingsConfigDict(env_prefix="BRIDGENOTES_", env_nested_delimiter="__", extra="ignore")

    data_dir: Path = Field(
        default=Path("bridgenotes-data"), description="Folder for the database, job queue and files."
    )
    keys_dir: Path | None = Field(
        default=None, description="Folder of the key files; default: `keys` in the data folder."
    )
    database_url: SecretStr = Field(
        default=SecretStr(""),
        description="`postgresql://user:password@host/name`; empty: SQLite in the data folder.",
    )
    site_name: str = Field(default="Bridgenotes", description="What pages and mails call the site.")
    site_url: str = Field(
        default="http://localhost:8000", description="Address people use; https switches on secure cookies."
    )
    hosts: list[str] = Field(
        default_factory=list, description="More host names to answer to, as a JSON list."
    )
    trusted_proxies: int = Field(
        default=0, ge=0, description="Proxies in front whose X-Forwarded-For entries are believed."
    )
    debug: bool = Field(default=False, description="Show tracebacks in pages; never on a public site.")
    clock_file: Path | None = Field(
        default=None,
        description="Take the time from this file (tests and demos); empty: the machine's clock.",
    )
    email_url: SecretStr = Field(
        default=SecretStr(""),
        description="`smtp://user:password@host:587`, `smtps://…`; empty: mails are files in the data folder.",
    )
    email_from: str = Field(default="bridgenotes@localhost", description="Sender of mails.")
    sms_url: SecretStr = Field(
        default=SecretStr(""),
        description="Where codes go: `https://…`, a webhook of yours; or an Apprise address of an SMS provider, "
        "where `{phone}` stands for the number. Empty: files.",
    )
    sms_signing_key: SecretStr = Field(
        default=SecretStr(""),
        description="Signs posts to your SMS webhook (Standard Webhooks): `whsec_` and base64.",
    )
    signup_open: bool = Field(default=True, description="Whether new accounts can be made here.")
    fetch_pages: bool = Field(
        default=False,
        description="Whether the worker may open pasted links: for previews, and to find tokens of authors.",
    )
    keep_notices_days: int = Field(
        default=180, ge=60, description="How long contributors find what they were told; at least 60 days."
    )
    oidc: OidcSettings = Field(default_factory=OidcSettings, description="A host platform's OpenID Connect.")
    log_format: Literal["json", "text"] = Field(default="json", description="Form of log lines.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="Least important log lines that are written."
    )
    metrics_token: SecretStr = Field(
        default=SecretStr(""), description="Bearer token for /metrics; empty: only this machine may read it."
    )
    scoring: ScoringSettings = Field(
        default_factory=ScoringSettings, description="When and how the worker scores."
    )
    keep_seconds: int = Field(
        default=10,
        ge=0,
        description="So old may pages of visitors and the list of notes that need help be, in seconds; 0: not at all.",
    )
    rules_file: Path | None = Field(
        default=None, description="TOML file that changes numbers of the rules; empty: the defaults."
    )

    @property
    def keys_folder(self) -> Path:
        """Where the key files are."""
        return self.keys_dir or self.data_dir / "keys"

    @property
    def sms_sender(self) -> Literal["by_webhook", "by_provider", "into_file"]:
        """Which sender of `bridgenotes.accounts.sms` fits the address."""
        address = self.sms_url.get_secret_value()
        if not address:
            return "into_file"
        return "by_webhook" if urlsplit(address).scheme in {"https", "http"} else "by_provider"

    @property
    def https(self) -> bool:
        """Whether people reach the site by https."""
        return urlsplit(self.site_url).scheme == "https"

    @property
    def host(self) -> str:
        """The site's own host name, without port."""
        return urlsplit(self.site_url).hostname or "localhost"

    @property
    def allowed_hosts(self) -> list[str]:
        """Every host name that requests may carry."""
        here = ["localhost", "127.0.0.1", "[::1]"] if self.host in {"localhost", "127.0.0.1"} else []
        return list(dict.fromkeys([self.host, *here, *self.hosts]))


@lru_cache(maxsize=1)
def load_settings() -> Settings:
    """Return the settings of this process, read once from the environment.

    Raises
    ------
    ConfigurationError
        If a variable has a value that cannot be used; the message names it.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        name = "BRIDGENOTES_" + "__".join(str(part).upper() for part in first["loc"])
        raise ConfigurationError(f"{name}: {first['msg']}") from error
    except SettingsError as error:
        raise ConfigurationError(f"a BRIDGENOTES_ variable is not valid JSON: {error}") from error
