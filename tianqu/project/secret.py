"""The installation's secret key: from the environment, or made once and kept under ``var``."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def secret_key(var: Path) -> str:
    """Return ``TIANQU_SECRET_KEY``, or the key in ``var/secret_key``, made at the first call with mode 0600."""
    given = os.environ.get("TIANQU_SECRET_KEY")
    if given:
        return given
    path = var / "secret_key"
    if not path.exists():
        var.mkdir(parents=True, exist_ok=True)
        fresh = var / f".secret_key.{os.getpid()}"
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
        try:
            os.link(fresh, path)  # the first process wins; nobody reads half a key
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text()
