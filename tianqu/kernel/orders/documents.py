"""An order as a JSON document with its timeline, for programs: made by the database in one statement."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.db import connection

from tianqu.base.errors import NotFound, _
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.orders.walls import ASKED_FOR, reading

_ORDER: Final = (
    "id", "code", "title", "description", "form", "address", "lon", "lat", "channel", "asker_kind", "identity",
    "urgency", "state", "version", "placed_at", "dispatched_at", "accepted_at", "done_at", "rated_at", "closed_at",
    "published_at", "updated_at", "due_accept_at", "due_done_at", "due_next_at", "extended_days", "return_count",
    "reopen_count", "press_count", "escalation", "answer_public", "answer_private",
)  # fmt: skip
_EVENT: Final = ("sequence", "at", "act", "actor_kind", "from_state", "to_state", "note", "audience", "data")
_CLOCK: Final = ("kind", "started_at", "due_at", "paused_at", "stopped_at", "breached_at", "proof")


def _object(alias: str, names: tuple[str, ...], *, more: str = "") -> str:
    """SQL for a JSON object of columns. PostgreSQL takes at most 100 arguments, so 50 columns."""
    pairs = ", ".join(f"'{name}', {alias}.{name}" for name in names)
    return f"json_build_object({pairs}{', ' + more if more else ''})"


_DOCUMENT: Final = f"""
SELECT {
    _object(
        "o",
        _ORDER,
        more='''
    'item', json_build_object('code', i.code, 'version', i.version, 'title', i.title, 'title_en', i.title_en),
    'place', json_build_object('code', p.code, 'name', p.name, 'name_en', p.name_en, 'path', p.path::text),
    'unit', CASE WHEN u.id IS NOT NULL THEN json_build_object('code', u.code, 'name', u.name, 'name_en', u.name_en) END,
    'clocks', coalesce((SELECT json_agg('''
        + _object("c", _CLOCK)
        + ''' ORDER BY c.id)
        FROM orders_clock c WHERE c.order_id = o.id), '[]'),
    'ratings', coalesce((SELECT json_agg(json_build_object('round', r.round, 'at', r.at, 'solved', r.solved,
        'satisfaction', r.satisfaction, 'text', r.text) ORDER BY r.round)
        FROM orders_rating r WHERE r.order_id = o.id), '[]'),
    'events', coalesce((SELECT json_agg('''
        + _object(
            "e",
            _EVENT,
            more='''
            'unit', eu.code, 'log_index', s.index''',
        )
        + ''' ORDER BY e.sequence)
        FROM orders_event e LEFT JOIN places_unit eu ON eu.id = e.actor_unit_id
        LEFT JOIN (SELECT id, row_number() OVER (ORDER BY id) AS sequence FROM journal_entry
            WHERE subject = 'order:' || o.id) j ON j.sequence = e.sequence
        LEFT JOIN journal_sequence s ON s.entry_id = j.id
        WHERE e.order_id = o.id), '[]')''',
    )
}::text
FROM orders_order o JOIN orders_item i ON i.id = o.item_id JOIN places_place p ON p.id = o.place_id
LEFT JOIN places_unit u ON u.id = o.unit_id
"""  # noqa: S608  names are constants
_BY_ID: Final = f"{_DOCUMENT} WHERE {ASKED_FOR} AND o.id = %s"
_BY_CODE: Final = f"{_DOCUMENT} WHERE {ASKED_FOR} AND o.code = %s"


def order_document(actor: Actor, *, order_id: UUID) -> bytes:
    """Return an order within the actor's sight, with clocks, ratings and the events they may read, as UTF-8 JSON.

    Who asked is not in it. Raises ``NotFound``.
    """
    return _document(actor, _BY_ID, order_id, field="order_id")


def order_document_called(actor: Actor, *, code: str) -> bytes:
    """Return the same of the order with a code, in the same one query. Raises ``NotFound``."""
    return _document(actor, _BY_CODE, code, field="code")


def _document(actor: Actor, statement: str, key: UUID | str, *, field: str) -> bytes:
    with reading(actor), connection.cursor() as cursor, connection.wrap_database_errors:
        # The statement is planned once a connection; Django's own cursor cannot ask for that.
        cursor.cursor.execute(statement, [key], prepare=True)
        row = cursor.fetchone()
    if row is None:
        raise NotFound(_("There is no such request."), field=field, value=str(key))
    return str(row[0]).encode()
