"""Django's settings, derived from the site's typed settings (`bridgenotes.base.settings`)."""

from __future__ import annotations

from operator import attrgetter
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.contrib.messages import constants as message_levels

from bridgenotes.base.clock import FileClock, system_clock
from bridgenotes.base.databases import database
from bridgenotes.base.keys import read_keys
from bridgenotes.base.languages import ENGLISH, LANGUAGES, LOCALES  # noqa: F401 (a setting)
from bridgenotes.base.logs import logging_settings
from bridgenotes.base.mail import mail_settings
from bridgenotes.base.rules import load_rules
from bridgenotes.base.settings import load_settings
from bridgenotes.jobs.broker import broker_settings

SITE = load_settings()
SITE_KEYS = read_keys(SITE.keys_folder)
RULES = load_rules(SITE.rules_file)
CLOCK = FileClock(SITE.clock_file) if SITE.clock_file else system_clock

SECRET_KEY = SITE_KEYS.signing.hex()
DEBUG = SITE.debug
ALLOWED_HOSTS = SITE.allowed_hosts
CSRF_TRUSTED_ORIGINS = [SITE.site_url] if SITE.https else []

INSTALLED_APPS = [
    "bridgenotes.accounts",
    "bridgenotes.contributors",
    "bridgenotes.guardrails",
    "bridgenotes.posts",
    "bridgenotes.notes",
    "bridgenotes.insight",
    "bridgenotes.search",
    "bridgenotes.notifications",
    "bridgenotes.moderation",
    "bridgenotes.runs",
    "bridgenotes.identity",
    "bridgenotes.jobs",
    "bridgenotes.api",
    "bridgenotes.web",
    "bridgenotes.server",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.forms",  # widgets of the form renderer
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "csp",
    "django_htmx",
    "django_prometheus",
    "huey.contrib.djhuey",
    "ninja",
]

MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "bridgenotes.web.middleware.RequestId",
    "bridgenotes.web.middleware.Compression",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "bridgenotes.web.middleware.ContentPolicy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "bridgenotes.web.middleware.Language",
    "bridgenotes.web.middleware.NoNul",
    "bridgenotes.web.middleware.Participation",
    "bridgenotes.web.middleware.Problems",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

ROOT_URLCONF = "bridgenotes.server.urls"
WSGI_APPLICATION = "bridgenotes.server.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "bridgenotes.web.context.site",
            ],
            "builtins": ["bridgenotes.web.quick.parts", "bridgenotes.web.quick.addresses"],
            "libraries": {
                "i18n": "bridgenotes.web.quick.i18n",
                "static": "bridgenotes.web.quick.files",
            },
        },
    }
]
FORM_RENDERER = "bridgenotes.web.forms.Renderer"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
MESSAGE_TAGS = {message_levels.ERROR: "problem"}

# --- data ---
DATABASES = {"default": database(SITE.database_url.get_secret_value(), SITE.data_dir)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "site_cache",
        "KEY_FUNCTION": "bridgenotes.base.sessions.cache_key",
    },
    # Of each process alone; for what may be forgotten and must not cost a question to the database.
    "local": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "KEY_FUNCTION": "bridgenotes.base.sessions.cache_key",
        "OPTIONS": {"MAX_ENTRIES": 50_000},
    },
}
HUEY = broker_settings(SITE)

# --- people ---
AUTH_USER_MODEL = "accounts.Account"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("MinimumLengthValidator", "CommonPasswordValidator", "UserAttributeSimilarityValidator")
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"

ACCOUNT_ADAPTER = "bridgenotes.accounts.adapters.AccountAdapter"
ACCOUNT_FORMS = {"signup": "bridgenotes.accounts.forms.SignupForm"}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "phone"]  # the form leaves the phone out; the pages need it
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_DISPLAY = attrgetter("email")  # in mails to the person: their address, never the account's id
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_RATE_LIMITS = {
    "change_phone": "5/h/user",
    "verify_phone": "5/h/key",
    "add_post": "60/h/ip",
    "write_note": "60/h/user",
    "rate_note": "20/m/user",
    "feedback": "60/h/ip",
    "report": "20/h/ip",
    "prove_author": "20/h/user",
}
ALLAUTH_TRUSTED_PROXY_COUNT = SITE.trusted_proxies
MFA_ADAPTER = "bridgenotes.accounts.adapters.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_PASSKEY_SIGNUP_ENABLED = True
SOCIALACCOUNT_ADAPTER = "bridgenotes.accounts.adapters.HostAdapter"
SOCIALACCOUNT_LOGIN_ON_GET = False
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_EMAIL_VERIFICATION = "none"  # the host has verified its users' addresses, or gives none
SOCIALACCOUNT_PROVIDERS: dict[str, Any] = {
    "openid_connect": {
        "provider_class": "bridgenotes.accounts.openid.provider.HostProvider",
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "host",
                "name": SITE.oidc.name,
                "client_id": SITE.oidc.client_id,
                "secret": SITE.oidc.client_secret.get_secret_value(),
                "settings": {"server_url": SITE.oidc.issuer},
            }
        ]
        if SITE.oidc.issuer
        else [],
    }
}

# --- mail and text messages ---
LINE_LOOKUP = "bridgenotes.domain.phones.offline_line"
SMS_SENDER = f"bridgenotes.accounts.sms.{SITE.sms_sender}"
vars().update(mail_settings(SITE))
DEFAULT_FROM_EMAIL = SERVER_EMAIL = SITE.email_from

# --- what browsers are told ---
SESSION_ENGINE = "bridgenotes.base.session_store"
SESSION_SERIALIZER = "bridgenotes.base.sessions.SealedSerializer"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = SITE.https
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_NAME = "__Host-session" if SITE.https else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if SITE.https else "csrf"
SECURE_SSL_REDIRECT = SITE.https
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000 if SITE.https else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SITE.trusted_proxies else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SILENCED_SYSTEM_CHECKS = [
    "templates.W003",  # `web.quick` stands in for Django's libraries of the same names, on purpose
    "security.W005",  # HSTS for subdomains and
    "security.W021",  # preloading bind other sites of the operator: theirs to decide, at their proxy
]
_issuer = urlsplit(SITE.oidc.issuer)
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF, *([f"{_issuer.scheme}://{_issuer.netloc}"] if SITE.oidc.issuer else [])],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
NINJA_NUM_PROXIES = SITE.trusted_proxies

# --- words and files ---
LANGUAGE_CODE = ENGLISH
LOCALE_PATHS = [LOCALES]
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
USE_I18N = USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "static/"
STATIC_ROOT = SITE.data_dir / "static"
WHITENOISE_USE_FINDERS = True  # works without collectstatic; a built image collects and compresses
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
MEDIA_ROOT = Path(SITE.data_dir) / "files"

LOGGING = logging_settings(form=SITE.log_format, level=SITE.log_level)
PROMETHEUS_EXPORT_MIGRATIONS = False
