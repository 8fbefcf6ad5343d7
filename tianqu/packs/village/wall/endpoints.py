"""The wall for programs, open to everybody: which posters there are, what one says, and all that a check needs."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import BaseModel, ConfigDict, Field

from tianqu.packs.village.register_endpoints import Cursor, PlaceCode, RegisterPage, mark_of, page_of, path_of
from tianqu.packs.village.wall.files import proof_bundle
from tianqu.packs.village.wall.queries import Edition, edition_called, walls_list

router = Router(tags=["village"])
LIMIT_MAX = 200
QuarterCode = Annotated[str, Field(pattern=r"^(?:19[5-9][0-9]|20[0-9]{2}|21[0-9]{2})Q[1-4]$", description="2020Q3")]
EditionNumber = Annotated[int, Field(ge=1, le=32_767, description="Without: the newest.")]


class ListedWallBody(BaseModel):
    """A poster in a list."""

    model_config = ConfigDict(from_attributes=True)
    place_code: str
    quarter: str
    edition: int
    published_at: datetime
    reason: Annotated[str, Field(description="Of a correction: what was put right.")]


class WallsAsked(BaseModel):
    """What the list is narrowed to."""

    model_config = ConfigDict(extra="forbid")
    place: PlaceCode | None = Field(None, description="Code of a place: posters of villages in it.")
    quarter: QuarterCode | None = None
    after: Cursor | None = None
    limit: Annotated[int, Field(ge=1, le=LIMIT_MAX)] = 50


@router.get("/village/walls", response=RegisterPage[ListedWallBody], summary="Published posters of villages")
def walls(request: HttpRequest, asked: Query[WallsAsked]) -> Any:
    """List posters by village, quarter and edition. Open to everybody."""
    return page_of(
        walls_list(path_of(asked.place), quarter=asked.quarter, after=mark_of(asked.after), limit=asked.limit)
    )


class EditionAsked(BaseModel):
    """Which edition is asked for."""

    model_config = ConfigDict(extra="forbid")
    edition: EditionNumber | None = None


class WallBody(BaseModel):
    """A poster: ``content`` is what the journal holds, amounts in fen, areas in 0.0001 mu."""

    place_code: str
    quarter: str
    first_day: date
    last_day: date
    edition: int
    newest: Annotated[int, Field(description="The newest edition of this quarter.")]
    published_at: datetime
    entry: Annotated[int | None, Field(description="Its entry in the public log; null for a moment yet.")]
    leaf_hash: str
    content: dict[str, Any]


@router.get("/village/walls/{code}/{quarter}", response=WallBody, summary="A village's poster of a quarter")
def wall(request: HttpRequest, code: PlaceCode, quarter: QuarterCode, asked: Query[EditionAsked]) -> Any:
    """Return a poster with its vouchers as it was frozen. Open to everybody; names are masked."""
    return _body(edition_called(code, quarter=quarter, edition=asked.edition))


def _body(found: Edition) -> dict[str, Any]:
    return {
        "place_code": found.place_code, "quarter": found.quarter, "first_day": found.content["first_day"],
        "last_day": found.content["last_day"], "edition": found.edition, "newest": found.newest,
        "published_at": found.published_at, "entry": found.entry.index, "leaf_hash": found.entry.leaf_hash,
        "content": found.content,
    }  # fmt: skip


class BookPlacesBody(BaseModel):
    """Where the numbers of a book lie in the public log, with the leaf of each."""

    book: str
    numbers: list[int]
    indexes: list[int]
    leaves: list[str]


class WallProofBody(BaseModel):
    """All that ``tianqu verify`` and the check in the browser read."""

    format: str
    address: str
    log: str
    key: str
    proof: Annotated[str, Field(description="A proof file of the format c2sp.org/tlog-proof@v1.")]
    body: Annotated[str, Field(description="The journal entry's body, to the byte.")]
    salt: str
    books: list[BookPlacesBody]


@router.get("/village/walls/{code}/{quarter}/proof", response=WallProofBody, summary="A poster with its proof")
def proof(request: HttpRequest, code: PlaceCode, quarter: QuarterCode, asked: Query[EditionAsked]) -> Any:
    """Return what proves a poster against the public log. Open to everybody."""
    return proof_bundle(edition_called(code, quarter=quarter, edition=asked.edition))
