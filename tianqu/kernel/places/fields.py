"""The column type of a path in the tree of places: PostgreSQL's ltree."""

from __future__ import annotations

from typing import Any

from django.db import models


class PathField(models.TextField):  # type: ignore[type-arg]  # not subscriptable when run
    """A path of codes from the root down, as ``371400.371402.371402001``; see PostgreSQL's ltree."""

    description = "A path in a tree"

    def db_type(self, connection: Any) -> str:
        """Return the name of the column type."""
        return "ltree"

    def get_placeholder(self, value: Any, compiler: Any, connection: Any) -> str:
        """Cast what is written, so that server-side binding knows its type."""
        return "%s::ltree"
