"""How mail leaves this installation: into files by default, to the console, or by SMTP (``TIANQU_MAIL``)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

TIMEOUT_SECONDS = 10


def mail_settings(var: Path) -> dict[str, Any]:
    """Return Django's settings for mail.

    ``TIANQU_MAIL`` is ``file`` (each mail a file in ``var/mail``, the default), ``console``, or a URL such as
    ``smtp://name:password@mail.example.org:587?tls=1&from=hotline@example.org`` (``tls=1`` for STARTTLS, ``smtps://``
    for TLS from the first byte).
    """
    given = os.environ.get("TIANQU_MAIL", "file")
    if given in {"file", "console"}:
        backend = "filebased" if given == "file" else "console"
        return {
            "EMAIL_BACKEND": f"django.core.mail.backends.{backend}.EmailBackend",
            "EMAIL_FILE_PATH": str(var / "mail"),
        }
    parts = urlsplit(given)
    assert parts.scheme in {"smtp", "smtps"}, (
        "TIANQU_MAIL is file, console, or a URL that begins with smtp:// or smtps://"
    )
    query = dict(parse_qsl(parts.query))
    settings = {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname or "localhost",
        "EMAIL_PORT": parts.port or (465 if parts.scheme == "smtps" else 587),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_USE_TLS": query.get("tls") == "1",
        "EMAIL_TIMEOUT": TIMEOUT_SECONDS,
    }
    return settings | ({"DEFAULT_FROM_EMAIL": query["from"]} if "from" in query else {})
