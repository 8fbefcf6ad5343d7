"""Passwords that are quick to hash: the same Argon2 at its least cost, for tests make hundreds of accounts."""

from __future__ import annotations

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher


class QuickArgon2(Argon2PasswordHasher):
    """Argon2 with the smallest parameters that it takes (RFC 9106, section 3.1)."""

    time_cost = 1
    memory_cost = 8  # KiB
    parallelism = 1


def pytest_configure(config: pytest.Config) -> None:
    """Use it in every test; the settings of an installation are not touched."""
    from django.conf import settings

    settings.PASSWORD_HASHERS = [f"{__name__}.QuickArgon2"]
