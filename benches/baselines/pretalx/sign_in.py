"""A signed-in person of the conference's team, as a session cookie: what pretalx's own sign-in page would set."""

import importlib
import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pretalx.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth import (  # noqa: E402
    BACKEND_SESSION_KEY,
    HASH_SESSION_KEY,
    SESSION_KEY,
    load_backend,
)
from django_scopes import scopes_disabled  # noqa: E402
from pretalx.person.models import User  # noqa: E402

with scopes_disabled():
    person, _ = User.objects.get_or_create(
        email="crew@example.org", defaults={"name": "Crew", "is_administrator": True}
    )
session = importlib.import_module(settings.SESSION_ENGINE).SessionStore()
session[SESSION_KEY] = str(person.pk)
# Some backends know permissions alone.
backends = (one for one in settings.AUTHENTICATION_BACKENDS if hasattr(load_backend(one), "get_user"))
session[BACKEND_SESSION_KEY] = next(backends)
session[HASH_SESSION_KEY] = person.get_session_auth_hash()
session.save()
print(f"{settings.SESSION_COOKIE_NAME}={session.session_key}")
