"""Contracts as OCDS packages over the API, and the check of packages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import chain
from typing import Annotated, Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import override
from ninja import Path, Query, Router
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from tianqu.base.errors import InvalidInput, NotFound, TooLarge, _
from tianqu.base.moments import written_day
from tianqu.gateways.ocds.check import check_bytes
from tianqu.gateways.ocds.packages import (
    LANGUAGES,
    Publisher,
    package_bytes,
    publisher,
    record_pieces,
    release_package,
)
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.pack.api import Contracting, ContractRelease, ContractsAsked, sentence_said
from tianqu.kernel.places.api import place_called

RELEASES: Final = "/api/v1/ocds/releases"
RECORDS: Final = "/api/v1/ocds/records"
LIMIT_MAX: Final = 100
CHECK_BYTES_MAX: Final = 4 * 1024 * 1024
RECORD_PAGE: Final = 100  # releases of a record that are written at once
Day = Annotated[date, BeforeValidator(written_day)]
PlaceCode = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[0-9A-Za-z_]+$")]
Language = Annotated[str, StringConstraints(pattern=r"^(?:zh|en)$")]
Ocid = Annotated[str, Path(max_length=60, pattern=r"^ocds-[a-z0-9]{6}-[0-9a-f-]{36}$")]


class ReleasesAsked(BaseModel):
    """Which releases are wanted."""

    model_config = ConfigDict(extra="forbid")
    place: PlaceCode | None = Field(None, description="Code of a place: contracts of villages in it.")
    first_day: Day | None = Field(None, description="Written on this day or later.")
    last_day: Day | None = Field(None, description="Written on this day or earlier.")
    language: Language = Field("zh", description="Of titles and descriptions: zh or en.")
    after: Annotated[
        str | None, Field(pattern=r"^[0-9]{1,17}-[0-9a-f]{1,32}$", description="As `links.next` has it.")
    ] = None
    limit: Annotated[int, Field(ge=1, le=LIMIT_MAX)] = LIMIT_MAX

    def query(self) -> ContractsAsked:
        """The same, as a pack takes it. Raises ``NotFound`` for an unknown place, ``InvalidInput``."""
        if self.first_day and self.last_day and self.last_day < self.first_day:
            raise InvalidInput(
                _("The last day lies before the first."), field="last_day", value=self.last_day.isoformat(),
                remedy=_("Give the earlier day as first_day."),
            )  # fmt: skip
        return ContractsAsked(
            "" if self.place is None else str(place_called(self.place).path),
            None if self.first_day is None else _midnight(self.first_day),
            None if self.last_day in (None, date.max) else _midnight(self.last_day + timedelta(days=1)),
            after=self.after, limit=self.limit,
        )  # fmt: skip

    def address(self, origin: str, **changed: Any) -> str:
        """The address at which this is answered."""
        told = self.model_dump(mode="json", exclude_none=True) | changed
        return f"{origin}{RELEASES}?{urlencode(sorted(told.items()))}"


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, timezone.get_default_timezone())


PACKAGE: Final = {
    "responses": {200: {"description": "OK", "content": {"application/json": {"schema": {"type": "object"}}}}}
}


class FaultRow(BaseModel):
    """A fault of a package."""

    pointer: Annotated[str, Field(description="Where: a JSON pointer (RFC 6901).")]
    value: str | None
    message: str
    remedy: str


class Checked(BaseModel):
    """What the check found."""

    sound: bool
    faults: list[FaultRow]


class CheckAsked(BaseModel):
    """How a package is checked."""

    model_config = ConfigDict(extra="forbid")
    prefix: Annotated[str, Field(pattern=r"^(?:ocds-[a-z0-9]{6})?$", description="That every ocid begins with.")] = ""


# Whatever JSON it is: that it is no package is what the check says.
SENT: Final = {"requestBody": {"required": True, "content": {"application/json": {"schema": {}}}}}


def check(request: HttpRequest, asked: Query[CheckAsked]) -> Any:
    """Check a package of releases or records, also for what the standard's schema lets pass. Nothing is kept.

    At most 1,000 faults are told. Nothing at all is refused, and not checked.
    """
    if not request.body:
        raise InvalidInput(_("There is nothing to check."), field="body", remedy=_("Send JSON in UTF-8."))
    if len(request.body) > CHECK_BYTES_MAX:
        raise TooLarge(
            _("At most %(most)s bytes are checked here."), most=CHECK_BYTES_MAX,
            remedy=_("Check a larger file with `tianqu ocds check FILE`."),
        )  # fmt: skip
    found = check_bytes(request.body, prefix=asked.prefix)
    return {"sound": not found, "faults": [fault_row(one) for one in found]}


def fault_row(error: InvalidInput) -> dict[str, Any]:
    """A fault in the language of who asks."""
    return {
        "pointer": error.field, "value": error.value, "message": sentence_said(error.message, error),
        "remedy": sentence_said(error.remedy, error),
    }  # fmt: skip


def contracts_router(contracting: Contracting | None) -> Router:
    """Return the addresses at which what a pack offers of its contracts is read; none where no pack offers any."""
    router = Router(tags=["village"])
    router.post("/ocds/check", response=Checked, summary="Check an OCDS package", openapi_extra=SENT)(check)
    publisher()
    if contracting is None:
        return router

    @router.get("/ocds/releases", summary="Contracts as OCDS 1.1 releases", openapi_extra=PACKAGE)
    def releases(request: HttpRequest, asked: Query[ReleasesAsked]) -> Any:
        """Read a release package of what was written about contracts, the oldest first; `links.next` is the next.

        Everybody may read it. Names and typed words are in it only for who may see them in the registers.
        """
        by = _publishing()
        with override(LANGUAGES[asked.language]):
            page = contracting(request.auth, asked.query())  # type: ignore[attr-defined]  # the door has set it
            if not page.rows:
                raise NotFound(
                    _("Nothing was written about contracts there and then."), field="first_day",
                    remedy=_("A package holds a release at least: ask for more days, or a larger place."),
                )  # fmt: skip
            following = "" if page.after is None else asked.address(by.origin, after=page.after)
            package = release_package(
                page.rows, by=by, uri=asked.address(by.origin), language=asked.language, following=following
            )
        return _answer(package)

    @router.get("/ocds/records/{ocid}", summary="A contract as an OCDS 1.1 record", openapi_extra=PACKAGE)
    def record(request: HttpRequest, ocid: Ocid, language: Language = "zh") -> Any:
        """Read a record package of one contract with every release of it, however many there are."""
        by = _publishing()
        asked = ContractsAsked(contract_id=_contract_id(ocid, by), limit=RECORD_PAGE)
        pages = _pages(contracting, request.auth, asked, LANGUAGES[language])  # type: ignore[attr-defined]
        first = next(pages)
        if not first:
            raise _unknown(ocid)
        uri = f"{by.origin}{RECORDS}/{ocid}?language={language}"
        pieces = record_pieces(chain((first,), pages), by=by, uri=uri, language=language)
        return _open(StreamingHttpResponse(pieces, content_type="application/json"))

    return router


def _pages(
    contracting: Contracting, actor: Actor, asked: ContractsAsked, language: str
) -> Iterator[Sequence[ContractRelease]]:
    """The pages of an answer, each with its words in a language; the first may be empty."""
    after: str | None = None
    while True:
        with override(language):
            page = contracting(actor, replace(asked, after=after))
        yield page.rows
        if page.after is None:
            return
        after = page.after


def _publishing() -> Publisher:
    by = publisher()
    if not by.prefix:
        raise NotFound(
            _("This installation publishes no contracts."), remedy=_("Its administrator sets TIANQU_OCDS_PREFIX.")
        )
    return by


def _contract_id(ocid: str, by: Publisher) -> UUID:
    try:
        return UUID(ocid.removeprefix(f"{by.prefix}-"))
    except ValueError as error:
        raise _unknown(ocid) from error


def _unknown(ocid: str) -> NotFound:
    return NotFound(_("There is no contract with this ocid."), field="ocid", value=ocid)


def _answer(package: dict[str, Any]) -> HttpResponseBase:
    return _open(HttpResponse(package_bytes(package), content_type="application/json"))


def _open(answer: HttpResponseBase) -> HttpResponseBase:
    answer["Access-Control-Allow-Origin"] = "*"  # anybody's page may read what everybody may
    return answer
