"""The database that the tests run on holds what the laws of writing count on."""

from __future__ import annotations

import pytest
from django.db import connection

pytestmark = pytest.mark.django_db


def one(query: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(query)
        row = cursor.fetchone()
    assert row is not None
    return row[0]


def test_the_role_is_not_superuser_and_cannot_pass_row_level_security() -> None:
    assert one("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user") is False


@pytest.mark.parametrize("extension", ["ltree", "pg_trgm", "btree_gist"])
def test_the_extensions_are_there(extension: str) -> None:
    assert one(f"SELECT count(*) FROM pg_extension WHERE extname = '{extension}'") == 1


def test_the_server_is_new_enough() -> None:
    assert connection.pg_version >= 150000


def test_text_keeps_four_byte_characters() -> None:
    assert one("SELECT length('𠮷野家')") == 3
