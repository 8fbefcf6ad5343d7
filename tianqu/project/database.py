"""Which PostgreSQL this installation talks to: ``TIANQU_DATABASE_URL``, or the embedded one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit


def database_settings(var: Path) -> dict[str, Any]:
    """Return Django's settings for the database."""
    url = os.environ.get("TIANQU_DATABASE_URL", "")
    if not url:
        return _settings(host=str(var / "run"), port="", name="tianqu", user="tianqu", password="")  # noqa: S106
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    return _settings(
        host=query.get("host", unquote(parts.hostname or "")),
        port=str(parts.port or query.get("port", "")),
        name=unquote(parts.path.lstrip("/")) or "tianqu",
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )


def _settings(*, host: str, port: str, name: str, user: str, password: str) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": host,
        "PORT": port,
        "NAME": name,
        "USER": user,
        "PASSWORD": password,
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"server_side_binding": True},
    }
