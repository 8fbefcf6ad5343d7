"""Settings of django-hordak, as one would serve it: with its own form for simple transactions."""

from __future__ import annotations

from base_settings import *  # noqa: F403
from base_settings import DJANGO_APPS

INSTALLED_APPS = [*DJANGO_APPS, "mptt", "hordak"]
ROOT_URLCONF = "hordak_urls"
LOGIN_URL = "/admin/login/"
DEFAULT_CURRENCY = "CNY"
CURRENCIES = ["CNY"]
HORDAK_INTERNAL_CURRENCY = "CNY"
