"""What can be taken home of a poster: the paper as PDF, its proof for any C2SP program, and all that a check needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from django.conf import settings
from django.urls import reverse

from tianqu.base.errors import NotFound, _
from tianqu.kernel.journal.api import BookLeaf, our_key, proof_file
from tianqu.kernel.pack.api import Download, PageRequest, PageResult
from tianqu.packs.village.wall.checking import FORMAT
from tianqu.packs.village.wall.paper import SIZES, poster_pdf
from tianqu.packs.village.wall.queries import Edition, edition_called, leaves_of
from tianqu.packs.village.words import english


def paper(request: PageRequest, *, code: str, quarter: str, edition: int, size: str) -> PageResult:
    """The poster as PDF, A3 or A4, in the language of the page."""
    if size not in SIZES:
        raise NotFound(
            _("A poster is printed in A3 or A4."), field="size", value=size[:10],
            remedy=_("Choose one of the two."),
        )  # fmt: skip
    found = edition_called(code, quarter=quarter, edition=edition)
    language = "en" if english() else "zh"
    name = f"{_name(found)}-{size}.pdf"
    return Download(name, "application/pdf", [poster_pdf(found, size=size, language=language)], inline=True)


def proof(request: PageRequest, *, code: str, quarter: str, edition: int) -> PageResult:
    """The proof that the poster stands in the public log (c2sp.org/tlog-proof@v1)."""
    found = edition_called(code, quarter=quarter, edition=edition)
    data = proof_file(found.entry.entry_id)
    return Download(f"{_name(found)}.tlog-proof", "text/plain; charset=utf-8", [data])


def bundle(request: PageRequest, *, code: str, quarter: str, edition: int) -> PageResult:
    """Everything that a check needs, in one file: the poster as the log holds it, its proof, where each entry lies."""
    found = edition_called(code, quarter=quarter, edition=edition)
    return Download(f"{_name(found)}.json", "application/json", [orjson.dumps(proof_bundle(found))])


def _name(found: Edition) -> str:
    return f"wall-{found.place_code}-{found.quarter}-{found.edition}"


def proof_bundle(found: Edition) -> dict[str, Any]:
    """Return what ``checking.check_poster`` reads. Raises ``NotFound`` while the poster is not in the log yet.

    ``body`` and ``salt`` are what the entry commits to. For each book that the poster tells of ``books`` says at
    which index of the log each number lies, and the hash of its leaf; so it does for the village's posters.
    """
    assert found.entry.body is not None and found.entry.salt is not None
    place = reverse(
        "village:wall_edition",
        kwargs={"code": found.place_code, "quarter": found.quarter, "edition": found.edition},
    )
    return {
        "format": FORMAT, "address": settings.TIANQU_ORIGIN + place, "log": settings.TIANQU_ORIGIN + "/log",
        "key": str(our_key().verifier), "proof": proof_file(found.entry.entry_id).decode(),
        "body": found.entry.body.decode(), "salt": found.entry.salt.hex(),
        "books": [_book(name, leaves) for name, leaves in leaves_of(found).items()],
    }  # fmt: skip


def _book(name: str, leaves: Sequence[BookLeaf]) -> dict[str, Any]:
    """Where the numbers of a book lie; one of the last second has no index yet and is left out."""
    placed = [leaf for leaf in leaves if leaf.index is not None]
    return {
        "book": name, "numbers": [leaf.number for leaf in placed], "indexes": [leaf.index for leaf in placed],
        "leaves": [leaf.leaf.decode() for leaf in placed],
    }  # fmt: skip
