"""Writing many entries of one act by COPY, for imports.

entries = EntryRows(act="orders.import", actor=actor, count=…)
entries.add(f"order:{order_id}", after=…, at=…)
…
copy_entries(acting, entries)  # within the act
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.db import connection

from tianqu.base import copy_rows
from tianqu.kernel.journal.actors import Actor
from tianqu.kernel.journal.acts import ENTRY_COLUMNS, SALT_BYTES, Acting
from tianqu.kernel.journal.making import EntryMaker

_COPY: Final = f"COPY journal_entry ({', '.join(ENTRY_COLUMNS)}) FROM STDIN (FORMAT BINARY)"
_COMMITMENT: Final = hashlib.sha256().digest_size * 2  # characters


class EntryRows:
    """Up to ``count`` entries of one act by one actor, laid out as rows for COPY.

    What is given to ``add`` must be canonical already, as for ``EntryMaker``.
    """

    def __init__(self, *, act: str, actor: Actor, count: int) -> None:
        self.act = act
        self.actor = actor
        self.count = 0
        self._maker = maker = EntryMaker(act=act, actor=actor, count=count)
        # What is the same in each row, in the order of ENTRY_COLUMNS. Leaves are all of one length, as commitments are.
        self._start = copy_rows.row_start(len(ENTRY_COLUMNS)) + copy_rows.text(act)
        self._who = b"".join((
            copy_rows.identifier(actor.person_id), copy_rows.identifier(actor.post_id), copy_rows.text(actor.channel),
        ))  # fmt: skip
        no_book = copy_rows.NULL * 2
        leaf_length = copy_rows.length(len(maker.leaf_start) + _COMMITMENT + len(maker.leaf_end))
        self._leaf = no_book + leaf_length + maker.leaf_start
        self._salt = maker.leaf_end + copy_rows.length(SALT_BYTES)
        self._data = bytearray(copy_rows.HEADER)

    def add(self, subject: str, *, after: Mapping[str, Any], at: datetime) -> None:
        """Add the entry about ``subject`` as it is after the act."""
        salt, body, commitment = self._maker.sealed(subject, after, at)
        self._data += b"".join((
            self._start, copy_rows.text(subject), self._who, copy_rows.moment(at), self._leaf, commitment, self._salt,
            salt, copy_rows.length(len(body)), body,
        ))  # fmt: skip
        self.count += 1

    @property
    def data(self) -> bytearray:
        """Everything that COPY is to be given."""
        return self._data + copy_rows.TRAILER


def copy_entries(acting: Acting, entries: EntryRows) -> None:
    """Write these entries within their act, which then need not record anything else."""
    assert (entries.act, entries.actor) == (acting.act, acting.actor), "these entries belong to another act"
    with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        copy.write(entries.data)
    acting.copied += entries.count
