"""The access log: who came by which door, and who looked at whose data; and codes that let in once.

Everybody can read their own lines of the log.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from tianqu.base.errors import InvalidInput, _
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.places.models import AccessRecord

WHATS = ("signed_in", "sign_in_failed", "signed_out", "token_used", "looked", "exported")
TEXT_LENGTH_MAX = 300
LINES_MAX = 1_001  # a page of 1,000, and the line that says there are more


def note_access(
    actor: Actor,
    what: str,
    *,
    subject: str = "",
    about_person_id: UUID | None = None,
    address: str = "",
    agent: str = "",
) -> None:
    """Add a line to the access log.

    ``what`` is one of ``WHATS``; ``subject`` what was looked at (``order:0192…``); ``about_person_id``
    whose data; ``address`` the network address and ``agent`` the browser that the request came from. It is
    no act: nothing of the prefecture changes.
    """
    if what not in WHATS:
        raise InvalidInput(
            _("%(value)s is not among: %(allowed)s."), field="what", value=what[:40], allowed=", ".join(WHATS)
        )
    with connection.cursor() as cursor:
        # Without RETURNING: who failed to sign in may not read the line that says so.
        cursor.execute(
            "INSERT INTO places_access_record (at, person_id, what, subject, about_person_id, channel, address, agent)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
            [
                timezone.now(), actor.person_id, what, subject[:TEXT_LENGTH_MAX], about_person_id, actor.channel,
                address[:TEXT_LENGTH_MAX], agent[:TEXT_LENGTH_MAX],
            ],
        )  # fmt: skip


@contextmanager
def one_code_at_a_time(account_id: UUID) -> Iterator[None]:
    """Let nobody else try a code of this account meanwhile: of two who send the same one at once, one is let in."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"codes:{account_id}"])
        yield


def accesses_of(person_id: UUID, *, before: int | None = None, limit: int = 50) -> list[AccessRecord]:
    """Return the lines about a person, the newest first: what they did, and who looked at their data.

    Row-level security shows them to the person alone. ``before`` is the number of the last line of the page before;
    ask for one more than a page holds to know whether there is another.
    """
    lines = AccessRecord.objects.filter(Q(person_id=person_id) | Q(about_person_id=person_id))
    if before is not None:
        lines = lines.filter(id__lt=before)
    return list(lines.order_by("-id")[: max(1, min(limit, LINES_MAX))])
