"""The site's settings for tests: the same, with throwaway data, fast hashes and jobs that run at once.

The database is SQLite, or what ``BRIDGENOTES_DATABASE_URL`` names (`make test-postgres` sets it).
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_data = Path(tempfile.gettempdir()) / f"bridgenotes-tests-{os.getuid()}-{os.getpid()}"
os.environ["BRIDGENOTES_DATA_DIR"] = str(_data)
os.environ["BRIDGENOTES_LOG_LEVEL"] = "WARNING"
os.environ["BRIDGENOTES_KEEP_SECONDS"] = "0"  # a test sees at once what it did

from bridgenotes.server.settings import *  # noqa: E402, F403
from bridgenotes.server.settings import CACHES, DATABASES, INSTALLED_APPS  # noqa: E402

(_data / "static").mkdir(parents=True, exist_ok=True)
atexit.register(shutil.rmtree, _data, ignore_errors=True)
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["TEST"] = {"NAME": str(_data / "test.sqlite3")}
    DATABASES["default"]["OPTIONS"]["init_command"] += "PRAGMA synchronous=OFF;"
DATABASES["default"].pop("CONN_MAX_AGE", None)

CACHES = {name: {**CACHES["local"], "LOCATION": name} for name in ("default", "local")}
HUEY = {"name": "tests", "huey_class": "huey.MemoryHuey", "immediate": True}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
# Look a file up when asked: each test client would read the folders at its start.
WHITENOISE_AUTOREFRESH = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True
ACCOUNT_RATE_LIMITS = False
INSTALLED_APPS = list(INSTALLED_APPS)
