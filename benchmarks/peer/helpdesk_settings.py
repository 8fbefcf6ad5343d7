"""Settings of django-helpdesk, as one would serve it, with tokens for its API."""

from __future__ import annotations

from base_settings import *  # noqa: F403
from base_settings import DJANGO_APPS

INSTALLED_APPS = [*DJANGO_APPS, "rest_framework", "rest_framework.authtoken", "helpdesk"]
ROOT_URLCONF = "helpdesk_urls"
LOGIN_URL = "helpdesk:login"
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.TokenAuthentication"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
}
HELPDESK_ACTIVATE_API_ENDPOINT = True
HELPDESK_TEAMS_MODE_ENABLED = False  # its teams need one more package
