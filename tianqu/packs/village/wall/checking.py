"""A villager's check of a poster: with its proof file, the log's key and, if at hand, the public log itself.

Needs no database and no Django. Every fault has a name and says what is wrong: a changed sum, an altered tile, an entry
that was dropped, a log that was put into another order. ``static/village/wall.js`` makes the same steps in a browser.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from tianqu.base.errors import NotFound, TianquError
from tianqu.kernel.journal.offline import (
    Checkpoint,
    LogReader,
    Note,
    NoteRefused,
    ProofFile,
    ProofRefused,
    Read,
    TileAltered,
    VerifierKey,
    commitment,
    leaf_hash,
    read_leaf,
    verify_proof_file,
)
from tianqu.kernel.ledgers.offline import number_in
from tianqu.packs.village.wall.sums import moneyless, number_faults, wrong_sums

FORMAT: Final = "tianqu.village.wall-proof/1"
ACT: Final = "village.publish_wall"
# What each step says when all is well, and what each fault says; the names are those of the browser's check.
SAID: Final = {
    "signature": "The log {origin} signed that it holds {size:,} entries.",
    "inclusion": "The poster's entry stands in that log at {index:,} (leaf hash {leaf}).",
    "content": "The poster is, byte for byte, what that entry commits to.",
    "sums": "Every sum of the poster is that of its vouchers ({vouchers:,} vouchers).",
    "numbers": (
        "The poster accounts for every number of {book}, from 1 to {last:,}; of this quarter it says that {moneyless}"
        " move no money."
    ),
    "paper": "The printed code names this very entry.",
    "log": "The log of today, with {size:,} entries, still holds all that it held when the proof was made.",
    "book": "The log holds every number of {book}, from 1 to {last:,}, each at its place.",
    "series": "The log holds each of the {last:,} posters of {book}; none was kept back.",
    "file_unreadable": "This is not a poster's proof file: {reason}",
    "signature_wrong": "The log's signature does not fit: {reason}",
    "entry_not_included": "The poster's entry is not in the signed log: {reason}",
    "poster_altered": "THE POSTER WAS CHANGED: it is not what the log's entry {index:,} commits to.",
    "sum_wrong": "A sum was changed: {path} says {told:,}, its parts give {computed:,}.",
    "number_unaccounted": "The poster keeps silent about the numbers {first:,} to {last:,} of {book}.",
    "number_left_out": "THE POSTER LEAVES OUT numbers {first:,} to {last:,} of {book}: they are of its quarter.",
    "number_twice": "The poster tells twice of the numbers {first:,} to {last:,} of {book}.",
    "number_unknown": "The poster tells of numbers {first:,} to {last:,}, which {book} does not have.",
    "paper_differs": "The printed code names entry {entry}, not {index:,}, or has another hash: it is not this poster.",
    "log_rewritten": "THE LOG WAS REWRITTEN: it no longer begins with the {size:,} entries that it signed before.",
    "log_unreachable": "The log could not be read: {path}",
    "tile_altered": "A FILE OF THE LOG WAS ALTERED: {path} is not what the signed checkpoint commits to.",
    "poster_missing": "The log no longer holds the poster's entry at {index:,}.",
    "poster_moved": "THE LOG WAS REORDERED: the poster's entry stood at {index:,} and now stands at {now:,}.",
    "entry_missing": "AN ENTRY IS MISSING: the log does not hold number {number:,} of {book}.",
    "entry_moved": "THE LOG WAS REORDERED: number {number:,} of {book} stood at {index:,} and now stands at {now:,}.",
    "book_untold": "THE PROOF FILE WAS CUT SHORT: it does not tell where the numbers of {book} lie in the log.",
}  # fmt: skip
FAULTS_MAX: Final = 100  # told of one book; a file that was made to keep a check busy is wrong long before its end
# What is raised by a file of another shape than ours: whatever it says then, it is no poster's proof file.
MISSHAPEN: Final = (TianquError, ValueError, LookupError, TypeError, AttributeError, RecursionError)


@dataclass(frozen=True, slots=True)
class Result:
    """What a step found. ``fault`` is "" where all is well; ``ok`` is None for what could not be checked."""

    step: str
    ok: bool | None
    fault: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)

    def said(self) -> str:
        """The result in a sentence."""
        return SAID[self.fault or self.step].format(**self.facts)


@dataclass(frozen=True, slots=True)
class _Poster:
    """A proof file taken apart, not trusted yet."""

    proof: ProofFile
    checkpoint: Checkpoint
    body: bytes
    salt: bytes
    content: Mapping[str, Any]
    books: Sequence[Mapping[str, Any]]

    @property
    def series(self) -> str:
        """The book in which the log counts the village's posters."""
        return f"wall:{self.content['place']['code']}"


def is_poster(data: bytes) -> bool:
    """Say whether a file claims to be a poster's proof file."""
    return FORMAT.encode() in data[:200_000]


def check_poster(
    data: bytes, key: VerifierKey, *, read: Read | None = None, paper: tuple[int, str] | None = None
) -> Iterator[Result]:
    """Check a poster's proof file step by step.

    ``read`` fetches a file of the public log by its path; without it only the file itself is checked. ``paper`` are the
    entry and the leaf hash that a printed code bears.
    """
    try:
        yield from _steps(_parsed(data), key, read=read, paper=paper)
    except MISSHAPEN as error:
        yield Result("file", False, "file_unreadable", {"reason": f"{type(error).__name__}: {error}"[:300]})


def _steps(poster: _Poster, key: VerifierKey, *, read: Read | None, paper: tuple[int, str] | None) -> Iterator[Result]:
    yield from _check_proof(poster, key)
    yield _check_commitment(poster)
    yield from check_content(poster.content)
    index, hashed = poster.proof.index, leaf_hash(poster.proof.leaf)
    if paper is not None:
        same = paper == (index, hashed.hex())
        told = {"index": index, "entry": paper[0]}
        yield Result("paper", True) if same else Result("paper", False, "paper_differs", told)
    if read is not None:
        yield from _check_log(poster, key, read)


def _parsed(data: bytes) -> _Poster:
    told = json.loads(data)
    if told["format"] != FORMAT:
        raise ValueError(f"its format is {told['format']!r}")
    proof = ProofFile.parse(told["proof"].encode())
    read_leaf(proof.leaf)
    body = told["body"].encode()
    checkpoint = Checkpoint.parse(Note.parse(proof.checkpoint).text)
    return _Poster(proof, checkpoint, body, bytes.fromhex(told["salt"]), json.loads(body)["after"], told["books"])


def _check_proof(poster: _Poster, key: VerifierKey) -> Iterator[Result]:
    checkpoint, index = poster.checkpoint, poster.proof.index
    try:
        Note.parse(poster.proof.checkpoint).verify(key)
        yield Result("signature", True, "", {"origin": checkpoint.origin, "size": checkpoint.size})
    except NoteRefused as error:
        yield Result("signature", False, "signature_wrong", {"reason": str(error)})
        return
    try:
        verify_proof_file(poster.proof.encode(), key)
        told = {"index": index, "leaf": leaf_hash(poster.proof.leaf).hex()}
        yield Result("inclusion", True, "", told)
    except ProofRefused as error:
        yield Result("inclusion", False, "entry_not_included", {"index": index, "reason": str(error)})


def _check_commitment(poster: _Poster) -> Result:
    leaf, told = read_leaf(poster.proof.leaf), {"index": poster.proof.index}
    named = leaf["act"] == ACT and leaf.get("book") == poster.series
    if named and leaf["commitment"] == commitment(body=poster.body, salt=poster.salt):
        return Result("content", True, "", told)
    return Result("content", False, "poster_altered", told)


def check_content(content: Mapping[str, Any]) -> Iterator[Result]:
    """Check what a poster says in itself: its sums, and that it accounts for every number of its books."""
    wrong = wrong_sums(content)
    for each in wrong:
        told = {"path": each.path, "told": each.told, "computed": each.computed}
        yield Result("sums", False, "sum_wrong", told)
    if not wrong:
        yield Result("sums", True, "", {"vouchers": sum(len(book["vouchers"]) for book in content["books"])})
    for book in content["books"]:
        faults = number_faults(book, quarter=content["quarter"])
        for fault in faults:
            facts = {"book": book["code"], "first": fault.first, "last": fault.last}
            yield Result("numbers", False, fault.fault, facts)
        if not faults:
            told = {"book": book["code"], "last": book["last_number"], "moneyless": moneyless(book)}
            yield Result("numbers", True, "", told)


def _check_log(poster: _Poster, key: VerifierKey, read: Read) -> Iterator[Result]:
    try:
        log = LogReader(read, key)
        size, index = poster.checkpoint.size, poster.proof.index
        continues = log.size >= size and log.root_at(size) == poster.checkpoint.root
        yield (
            Result("log", True, "", {"size": log.size})
            if continues
            else Result("log", False, "log_rewritten", {"size": size})
        )
        now = log.place_of(leaf_hash(poster.proof.leaf), index=index)
        if now is None:
            yield Result("log", False, "poster_missing", {"index": index})
        elif now != index:
            yield Result("log", False, "poster_moved", {"index": index, "now": now})
        yield from _check_told(poster)
        for listed in poster.books:
            yield from _check_book(log, listed, poster)
    except TileAltered as error:
        yield Result("log", False, "tile_altered", {"path": error.value})
    except NoteRefused as error:
        yield Result("log", False, "signature_wrong", {"reason": str(error)})
    except NotFound as error:
        yield Result("log", None, "log_unreachable", {"path": error.value})


def _check_told(poster: _Poster) -> Iterator[Result]:
    """The file tells of each book of the poster, and of the village's posters: else nobody would look them up."""
    told = {listed["book"] for listed in poster.books}
    for name in (*(f"book:{book['code']}" for book in poster.content["books"]), poster.series):
        if name not in told:
            yield Result("book", False, "book_untold", {"book": name})


def _check_book(log: LogReader, listed: Mapping[str, Any], poster: _Poster) -> Iterator[Result]:
    """Every number of a book from 1 to its last, each at its place in the log.

    The last of the village's posters is the highest that the file tells of, and no less than this one's own number.
    """
    name = listed["book"]
    told = next((book for book in poster.content["books"] if f"book:{book['code']}" == name), None)
    own = number_in(poster.proof.leaf, name) or 0
    last = told["last_number"] if told else max([own, *listed["numbers"]])
    places = {number: at for at, number in enumerate(listed["numbers"])}
    faults = 0
    for number in range(1, last + 1):
        fault = _fault_of(log, listed, at=places.get(number), number=number)
        if fault is not None:
            faults += 1
            yield fault
            if faults == FAULTS_MAX:
                break
    if not faults:
        yield Result("book" if told else "series", True, "", {"book": name, "last": last})


def _fault_of(log: LogReader, listed: Mapping[str, Any], *, at: int | None, number: int) -> Result | None:
    """What is wrong with a number of a book, None for nothing."""
    name = listed["book"]
    leaf = b"" if at is None else listed["leaves"][at].encode()
    if at is None or number_in(leaf, name) != number:
        return Result("book", False, "entry_missing", {"book": name, "number": number})
    index = listed["indexes"][at]
    now = log.place_of(leaf_hash(leaf), index=index)
    if now is None:
        return Result("book", False, "entry_missing", {"book": name, "number": number, "index": index})
    if now != index:
        return Result("book", False, "entry_moved", {"book": name, "number": number, "index": index, "now": now})
    return None
