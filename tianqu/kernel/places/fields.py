"""The column type of a path in the tree of places, PostgreSQL's ltree, and what can be asked of it."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models.lookups import BuiltinLookup


class PathField(models.TextField):  # type: ignore[type-arg]  # it is not subscriptable when run
    """A path of codes from the root down, as ``371400.371402.371402001``; see PostgreSQL's ltree."""

    description = "A path in a tree"

    def db_type(self, connection: Any) -> str:
        """Return the name of the column type."""
        return "ltree"

    def get_placeholder(self, value: Any, compiler: Any, connection: Any) -> str:
        """Cast what is written, so that server-side binding knows its type."""
        return "%s::ltree"


@PathField.register_lookup
class Under(BuiltinLookup):
    """``path__under=p``: the path is ``p`` or below it."""

    lookup_name = "under"

    def get_rhs_op(self, connection: Any, rhs: str) -> str:
        """Return the operator with its right side."""
        return f"<@ {rhs}::ltree"


@PathField.register_lookup
class Above(BuiltinLookup):
    """``path__above=p``: the path is ``p`` or above it."""

    lookup_name = "above"

    def get_rhs_op(self, connection: Any, rhs: str) -> str:
        """Return the operator with its right side."""
        return f"@> {rhs}::ltree"


class Depth(models.Func):
    """How many codes a path has."""

    function = "nlevel"
    output_field = models.IntegerField()


class Likeness(models.Func):
    """How alike two texts are by pg_trgm, from 0 to 1."""

    function = "similarity"
    output_field = models.FloatField()
