"""What the database's laws refuse, as typed errors: each room has a table of its constraints' names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeAlias

from django.db import IntegrityError
from psycopg import Error

from tianqu.base.errors import TianquError
from tianqu.kernel.journal.connections import savepoint

# By the constraint's name: the error, the field at fault, what is said, and what would be right.
Refusals: TypeAlias = Mapping[str, tuple[type[TianquError], str, str, str]]


@contextmanager
def lawful_by(refusal_of: Callable[[IntegrityError], TianquError | None]) -> Iterator[None]:
    """Turn what the database refuses within the block into the error that ``refusal_of`` knows for it.

    A savepoint keeps a surrounding transaction usable. What it knows no error for is raised as it came.
    """
    try:
        with savepoint():
            yield
    except IntegrityError as error:
        refused = refusal_of(error)
        if refused is None:
            raise
        raise refused from error


def refused_by(refusals: Refusals, error: IntegrityError, **given: object) -> TianquError | None:
    """Return what a table says of a constraint that refused; None where it says nothing.

    ``given`` are what the caller gave, by field: the error tells the value of the field at fault.
    """
    told = refusals.get(constraint_of(error))
    if told is None:
        return None
    kind, field, message, remedy = told
    return kind(message, field=field, value=given.get(field), remedy=remedy)


def constraint_of(error: IntegrityError) -> str:
    """The name of the law or constraint that refused."""
    cause = error.__cause__
    return (cause.diag.constraint_name or "") if isinstance(cause, Error) else ""
