"""What the database refused where no act foresaw it, as an error that says what would be right, in words of our own."""

from __future__ import annotations

import logging

from django.db import DataError, IntegrityError, OperationalError
from django.http import HttpRequest
from psycopg.errors import DeadlockDetected, SerializationFailure

from tianqu.base.errors import Conflict, InvalidInput, TianquError, _

logger = logging.getLogger(__name__)


def clash_of(request: HttpRequest, error: Exception) -> TianquError | None:
    """Return what to tell whoever asked; None for what is no refusal, as that the database is away.

    A form sent twice at once, or under the identifier of somebody else's thing, meets a constraint; two who change the
    same things crosswise are parted by the database. What the database says of it goes to the log alone.
    """
    if isinstance(error, IntegrityError):
        logger.warning("Two things clash at %s", route_of(request), exc_info=error)
        return Conflict(
            _("This clashes with what is there already."),
            remedy=_("Load it anew and look at what has changed before you send it again."),
        )
    if isinstance(error, OperationalError) and isinstance(error.__cause__, DeadlockDetected | SerializationFailure):
        logger.warning("Two wait for each other at %s", route_of(request), exc_info=error)
        return Conflict(
            _("Somebody else was changing the same things at this moment."),
            remedy=_("Nothing was half done: send it again."),
        )
    if isinstance(error, DataError):
        logger.warning("The database refused a value at %s", route_of(request), exc_info=error)
        return InvalidInput(
            _("One of these values cannot be kept."), remedy=_("Look at the numbers, days and texts again.")
        )
    return None


def route_of(request: HttpRequest) -> str:
    """The address as it is declared, without the codes of requests and persons that it was called with."""
    match = request.resolver_match
    return match.route if match is not None else ""
