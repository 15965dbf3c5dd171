"""The WSGI application, for gunicorn and any other server."""

from __future__ import annotations

import gc
import os
import sys

from django.core.wsgi import get_wsgi_application

from bridgenotes.base.keys import make_keys
from bridgenotes.base.settings import load_settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bridgenotes.server.settings")
make_keys(load_settings().keys_folder)
application = get_wsgi_application()
sys.setswitchinterval(0.001)  # a thread back from the database waits five times less for one that computes
gc.collect()
gc.freeze()  # what is loaded stays: looking through it again and again would hold pages up
