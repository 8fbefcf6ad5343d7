"""What can be asked for: items, their versions, what changed between two of them, and their forms."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.utils import timezone
from ninja import Path, Query, Router
from pydantic import BaseModel, ConfigDict, Field

from tianqu.base.errors import NotFound, _
from tianqu.kernel.orders.api import (
    KnownItem,
    Published,
    definition_from,
    item_catalogue,
    item_definition,
    item_difference,
    item_form,
    item_versions,
    json_schema,
    known_item,
    publish_item,
)
from tianqu.web.api.bodies import Body
from tianqu.web.api.choices import Asker
from tianqu.web.api.doors import with_token
from tianqu.web.api.performing import Deed, Key, actor_of_request, perform
from tianqu.web.api.values import AnyCode, Day, Version, Words

router = Router(tags=["items"])

ItemCode = Annotated[str, Path(max_length=100, description="Code of the item.")]


class ItemBrief(BaseModel):
    """An item as a list shows it."""

    code: str
    family: str
    group: str
    group_en: str
    name: str
    name_en: str
    summary: str
    summary_en: str
    askers: tuple[str, ...]
    identity: tuple[str, ...]
    private: bool
    urgency: str
    valid_from: date
    valid_to: date | None


class ItemVersion(BaseModel):
    """One version of an item; ``definition`` is laid out in docs/items.md."""

    model_config = ConfigDict(from_attributes=True)
    code: str
    version: int
    family: str
    title: str
    title_en: str
    valid_from: date
    valid_to: date | None
    definition: dict[str, Any]


class VersionDates(BaseModel):
    """A version's number and days."""

    model_config = ConfigDict(from_attributes=True)
    version: int
    valid_from: date
    valid_to: date | None


class Catalogue(BaseModel):
    """What the list is narrowed to."""

    model_config = ConfigDict(extra="forbid")
    on: Day | None = Field(None, description="The day; today without.")
    family: AnyCode | None = None
    asker: Asker | None = None
    words: Words = Field("", description="What people write in their own words; best matches first.")


@router.get("/items", response=list[ItemBrief], summary="What can be asked for")
def items(request: HttpRequest, asked: Query[Catalogue]) -> Any:
    """List the items offered on a day."""
    day = asked.on or timezone.localdate()
    return [
        ItemBrief(
            code=one.code, family=one.family, group=one.group.zh, group_en=one.group.en, name=one.name.zh,
            name_en=one.name.en, summary=one.summary.zh, summary_en=one.summary.en, askers=one.askers,
            identity=one.identity, private=one.private, urgency=one.urgency, valid_from=one.valid_from,
            valid_to=one.valid_to,
        )
        for one in item_catalogue(day, family=asked.family, asker=asked.asker, words=asked.words)
    ]  # fmt: skip


@router.get("/items/{code}", response=ItemVersion, summary="An item as it holds on a day")
def item(request: HttpRequest, code: ItemCode, on: Day | None = None) -> Any:
    """Read the version of an item that holds on a day, today without."""
    return known_item(code, on=on or timezone.localdate())


@router.get("/items/{code}/versions", response=list[VersionDates], summary="The versions of an item")
def versions(request: HttpRequest, code: ItemCode) -> Any:
    """List every version of an item, the newest first."""
    return item_versions(code)


@router.get("/items/{code}/versions/{version}", response=ItemVersion, summary="One version of an item")
def one_version(request: HttpRequest, code: ItemCode, version: Version) -> Any:
    """Read one version of an item."""
    return _version(code, version)


class DifferenceLine(BaseModel):
    """One line of two columns; null where there was or is none."""

    section: str
    code: str
    before: Any
    after: Any
    change: Literal["kept", "cut", "added", "changed"]


class ItemChange(BaseModel):
    """What changed between two versions."""

    rows: list[DifferenceLine]
    steps_cut: int
    papers_cut: int


@router.get("/items/{code}/difference", response=ItemChange, summary="What changed between two versions")
def difference(request: HttpRequest, code: ItemCode, before: Version, after: Version) -> Any:
    """Compare two versions: steps, papers, clocks and questions, line by line."""
    old, new = _version(code, before), _version(code, after)
    found = item_difference(item_definition(old.id), item_definition(new.id))
    rows = [
        {"section": row.section, "code": row.code, "before": row.before, "after": row.after, "change": row.change}
        for row in found.rows
    ]
    return {"rows": rows, "steps_cut": found.steps_cut, "papers_cut": found.papers_cut}


@router.get("/items/{code}/form", response=dict[str, Any], summary="An item's form as JSON Schema")
def form(
    request: HttpRequest, code: ItemCode, on: Day | None = None, language: Literal["zh-hans", "en"] = "zh-hans"
) -> Any:
    """Read the form of an item as JSON Schema: what the field `form` of a request must hold."""
    return json_schema(item_form(known_item(code, on=on or timezone.localdate())), language)


def _version(code: str, version: int) -> KnownItem:
    for one in item_versions(code):
        if one.version == version:
            return one
    raise NotFound(_("The item has no version %(value)s."), field="version", value=version)


class ItemBody(Body):
    """A version of an item; ``definition`` is laid out in docs/items.md."""

    definition: dict[str, Any]
    valid_from: Day
    valid_to: Day | None = None


@router.post(
    "/items", response=Published, summary="Publish a version of an item", auth=with_token,
    operation_id="items_publish",
)  # fmt: skip
def publish(request: HttpRequest, body: ItemBody, idempotency_key: Key = None) -> Any:
    """Publish a version of an item; the one before ends on its first day. What is there already is left alone."""
    definition = definition_from(body.definition, valid_from=body.valid_from, valid_to=body.valid_to)
    deed = Deed("items.publish", publish_item)
    done = perform(request, deed, actor_of_request(request), idempotency_key, {"definition": definition})
    if isinstance(done, list):  # the answer that was kept is the act's own: what it added, and what it ended
        return Published(added=done[0], ended=done[1], unchanged=0)
    return done
