"""Reading the journal: where an entry stands in the log, its proof, and what a subject was at any time."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson

from tianqu.base.canonical import Json
from tianqu.base.errors import NotFound, _
from tianqu.kernel.journal import merkle
from tianqu.kernel.journal.log import CHECKPOINT, WITNESSED, our_log
from tianqu.kernel.journal.models import Entry, Sequence
from tianqu.kernel.journal.notes import Checkpoint, Note
from tianqu.kernel.journal.proofs import ProofFile, read_leaf

HISTORY_MAX = 1_000
PUBLISHED_MAX = 500
BOOK_MAX = 100_000


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One act on a subject: when, by whom, its place in the log (None for a moment yet), and the after-image."""

    entry_id: int
    index: int | None
    act: str
    at: datetime
    actor_person_id: UUID | None
    actor_post_id: UUID | None
    channel: str
    erased: bool
    after: Json


@dataclass(frozen=True, slots=True)
class PublishedEntry:
    """An entry as everybody may see it: its place, its leaf as bytes and read, and the leaf's hash.

    ``entry_id`` and ``at`` are not part of the log; they are shown where the act is not sealed.
    """

    index: int
    entry_id: int
    at: datetime
    leaf: bytes
    public: dict[str, object]
    leaf_hash: str


@dataclass(frozen=True, slots=True)
class KeptEntry:
    """An entry with its private body and salt as they are stored; both are None once they were erased.

    ``index`` is its place in the log, None for a moment yet.
    """

    entry_id: int
    index: int | None
    at: datetime
    leaf: bytes
    salt: bytes | None
    body: bytes | None

    @property
    def leaf_hash(self) -> str:
        """The leaf's hash, as the tree holds it."""
        return merkle.leaf_hash(self.leaf).hex()


@dataclass(frozen=True, slots=True)
class BookLeaf:
    """A leaf of a book: its number there, its place in the log (None for a moment yet) and its bytes. All is public."""

    number: int
    index: int | None
    leaf: bytes


def kept_entry(subject: str) -> KeptEntry | None:
    """The newest entry about ``subject``, with its body. For subjects of which the caller knows who may read them."""
    entry = Entry.objects.filter(subject=subject).select_related("sequence").order_by("-id").first()
    if entry is None:
        return None
    place = getattr(entry, "sequence", None)
    return KeptEntry(
        entry.id, place.index if place else None, entry.at, bytes(entry.leaf),
        None if entry.salt is None else bytes(entry.salt), None if entry.body is None else bytes(entry.body),
    )  # fmt: skip


def book_leaves(
    book: str, *, last: int | None = None, numbers: Collection[int] | None = None, limit: int = BOOK_MAX
) -> list[BookLeaf]:
    """The leaves of a book by number, up to ``last``, or those with some ``numbers``; at most ``limit``.

    ``book`` is what the leaves carry: "book:" and a code. What is missing from the book is missing here.
    """
    rows = Entry.objects.filter(book=book).order_by("book_sequence")
    if last is not None:
        rows = rows.filter(book_sequence__lte=last)
    if numbers is not None:
        rows = rows.filter(book_sequence__in=list(numbers))
    told = rows.values_list("book_sequence", "sequence__index", "leaf")[: min(limit, BOOK_MAX)]
    return [BookLeaf(number, index, bytes(leaf)) for number, index, leaf in told if number is not None]


def published_entries(*, before: int | None = None, limit: int = 50) -> list[PublishedEntry]:
    """The newest entries of the log, below the index ``before`` where it is given; at most 500."""
    places = Sequence.objects.select_related("entry").defer("entry__body", "entry__salt").order_by("-index")
    if before is not None:
        places = places.filter(index__lt=before)
    return [_published(place) for place in places[: min(limit, PUBLISHED_MAX)]]


def published_entry(index: int) -> PublishedEntry:
    """The entry at ``index``. Raises ``NotFound``."""
    places = Sequence.objects.select_related("entry").defer("entry__body", "entry__salt")
    place = places.filter(index=index).first() if 0 <= index < 2**63 else None
    if place is None:
        raise NotFound(_("The log has no entry %(value)s yet."), field="index", value=index)
    return _published(place)


def _published(place: Sequence) -> PublishedEntry:
    leaf = bytes(place.entry.leaf)
    return PublishedEntry(
        place.index, place.entry_id, place.entry.at, leaf, read_leaf(leaf), merkle.leaf_hash(leaf).hex()
    )


def log_index(entry_id: int) -> int | None:
    """Place of an entry in the public log; None until the sequencer has given it one, at most a second."""
    return Sequence.objects.filter(entry_id=entry_id).values_list("index", flat=True).first()


def inclusion_proof(index: int, *, size: int) -> list[bytes]:
    """Siblings of the entry at ``index`` up to the root of the first ``size`` entries, read from the log's tiles."""
    return our_log().inclusion_proof(index, size=size)


def proof_file(entry_id: int) -> bytes:
    """The proof of an entry as a file of the format c2sp.org/tlog-proof@v1, to keep and to check anywhere.

    The checkpoint that witnesses cosigned is taken where it holds the entry. Raises ``NotFound`` while the entry is
    not published.
    """
    row = Sequence.objects.filter(entry_id=entry_id).values_list("index", "entry__leaf").first()
    if row is not None:
        index, leaf = row[0], bytes(row[1])
        for name in (WITNESSED, CHECKPOINT):
            note = our_log().checkpoint_note(name)
            size = Checkpoint.parse(Note.parse(note).text).size if note else 0
            if note and index < size:
                return ProofFile(leaf, index, tuple(inclusion_proof(index, size=size)), note).encode()
    raise NotFound(
        _("The entry %(value)s is not published."),
        field="entry", value=entry_id, remedy=_("Ask again in a moment; if it stays so, look at the sequencer."),
    )  # fmt: skip


def history(subject: str) -> list[HistoryEntry]:
    """What was done to ``subject``, oldest first, the newest ``HISTORY_MAX`` entries."""
    rows = Entry.objects.filter(subject=subject).select_related("sequence").order_by("-id")[:HISTORY_MAX]
    return [_read(entry) for entry in reversed(rows)]


def state_at(subject: str, index: int) -> Json:
    """What ``subject`` was when the log held the entries up to and including ``index``.

    None when it was not there yet, or when its body has been erased since.
    """
    entry = Entry.objects.filter(subject=subject, sequence__index__lte=index).order_by("-sequence__index").first()
    return _after(entry) if entry else None


def states_at(subjects: list[str], index: int) -> Iterator[tuple[str, Json]]:
    """``state_at`` for many subjects; those that were not there yet are left out."""
    found = (
        Entry.objects.filter(subject__in=subjects, sequence__index__lte=index)
        .order_by("subject", "-sequence__index")
        .distinct("subject")
    )
    for entry in found:
        yield entry.subject, _after(entry)


def _read(entry: Entry) -> HistoryEntry:
    place = getattr(entry, "sequence", None)
    return HistoryEntry(
        entry_id=entry.id, index=place.index if place else None, act=entry.act, at=entry.at,
        actor_person_id=entry.actor_person_id, actor_post_id=entry.actor_post_id, channel=entry.channel,
        erased=entry.erased_at is not None, after=_after(entry),
    )  # fmt: skip


def _after(entry: Entry) -> Json:
    if entry.body is None:
        return None
    after: Json = orjson.loads(bytes(entry.body))["after"]
    return after
