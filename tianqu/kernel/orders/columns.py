"""A column type that Django lacks: PostgreSQL's ``ltree``, the path of a place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    _PathBase = models.Field[str, str]
else:
    _PathBase = models.Field


class PathColumn(_PathBase):
    """A path of labels from the root of the place tree, ``p37.p3714.p371402``; written and read as text."""

    description = "ltree path"

    def db_type(self, connection: object) -> str:
        """Return PostgreSQL's name of the type."""
        return "ltree"

    def get_placeholder(self, value: object, compiler: object, connection: object) -> str:
        """Cast a text parameter, which server-side binding would otherwise send as ``text``."""
        return "%s::text::ltree"
