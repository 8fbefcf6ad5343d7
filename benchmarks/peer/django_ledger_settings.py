"""Settings of django-ledger, as one would serve it."""

from __future__ import annotations

from base_settings import *  # noqa: F403
from base_settings import DJANGO_APPS

INSTALLED_APPS = [*DJANGO_APPS, "django.contrib.admin", "django_ledger"]
ROOT_URLCONF = "django_ledger_urls"
LOGIN_URL = "/admin/login/"
