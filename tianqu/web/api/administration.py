"""What administrators read before they act: persons, posts, accounts, roles, the calendar, how the journal stands."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import BaseModel, ConfigDict, Field

from tianqu.kernel.journal.api import journal_status
from tianqu.kernel.orders.api import calendar_in_force, publish_calendar
from tianqu.kernel.places.api import known_roles, officials, person_file, require, unit_called, unit_posts
from tianqu.web.api.bodies import Body
from tianqu.web.api.doors import with_token
from tianqu.web.api.own import TokenBody
from tianqu.web.api.paging import Page, identifier_of, page_of
from tianqu.web.api.performing import Deed, Key, actor_of_request, perform
from tianqu.web.api.values import Cursor, Flag, Limit, Words, unit_id_given

router = Router(tags=["administration"], auth=with_token)
MAY = "administration.see"


class PersonRow(BaseModel):
    """An official within the caller's reach."""

    model_config = ConfigDict(from_attributes=True)
    id: UUID
    name: str
    name_en: str
    phone: str
    email: str
    language: str
    unit_id: UUID | None
    created_at: datetime
    erased_at: datetime | None


class PostRow(BaseModel):
    """A person in a role at a unit, between dates."""

    model_config = ConfigDict(from_attributes=True)
    id: UUID
    person_id: UUID
    unit_id: UUID
    role: str
    title: str
    deputy_of_id: UUID | None
    valid_from: date | None
    valid_to: date | None


class AccountRow(BaseModel):
    """A login."""

    model_config = ConfigDict(from_attributes=True)
    id: UUID
    login: str
    is_active: bool
    must_change_password: bool
    created_at: datetime
    disabled_at: datetime | None
    last_login: datetime | None


class OnePerson(PersonRow):
    """An official with the posts held, the account and its tokens."""

    posts: list[PostRow]
    account: AccountRow | None
    tokens: list[TokenBody]


class PersonList(BaseModel):
    """What the list is narrowed to."""

    model_config = ConfigDict(extra="forbid")
    text: Words = Field("", description="A part of the name, or the login.")
    unit: Annotated[str | None, Field(max_length=100, description="Code of the unit that keeps the file.")] = None
    after: Cursor | None = None
    limit: Limit = 50


@router.get("/persons", response=Page[PersonRow], summary="Officials")
def persons(request: HttpRequest, asked: Query[PersonList]) -> Any:
    """List the officials within the caller's reach. Needs administration.see."""
    rows = officials(
        actor_of_request(request), words=asked.text, unit_id=unit_id_given(asked.unit) or None,
        after=identifier_of(asked.after), limit=asked.limit + 1,
    )  # fmt: skip
    return page_of(rows, asked.limit, key="id")


@router.get("/persons/{person_id}", response=OnePerson, summary="One official")
def person(request: HttpRequest, person_id: UUID) -> Any:
    """Read an official with posts, account and tokens. Needs administration.see."""
    file = person_file(actor_of_request(request), person_id=person_id)
    return {
        **PersonRow.model_validate(file.person).model_dump(),
        "posts": file.posts, "account": file.account, "tokens": file.tokens,
    }  # fmt: skip


class PostList(BaseModel):
    """What the list is narrowed to."""

    model_config = ConfigDict(extra="forbid")
    unit: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00]*$", description="Code of the unit.")]
    past: Flag = False


@router.get("/posts", response=list[PostRow], summary="The posts of a unit")
def posts(request: HttpRequest, asked: Query[PostList]) -> Any:
    """List the posts of a unit, to hand over to or to appoint beside. Units of others need administration.see."""
    actor = actor_of_request(request)
    unit_id = unit_called(asked.unit).id
    if unit_id not in actor.scope.unit_ids:
        require(actor, MAY)
    return unit_posts(unit_id, with_past=asked.past)


class RoleBody(BaseModel):
    """A role: what it may do, and how far it reaches."""

    code: str
    name: str
    permissions: list[str]
    reach: Literal["unit", "place", "everything"]


@router.get("/roles", response=list[RoleBody], summary="Roles")
def roles(request: HttpRequest) -> Any:
    """List the roles that posts can have. Needs administration.see."""
    require(actor_of_request(request), MAY)
    return [
        {"code": role.code, "name": role.name, "permissions": list(role.permissions), "reach": role.reach}
        for role in sorted(known_roles().values(), key=lambda role: role.code)
    ]


class CalendarBody(BaseModel):
    """The working calendar in force, as in calendar.toml, with its digest."""

    code: str
    digest: str
    published_at: datetime
    content: dict[str, Any]


@router.get("/calendar", response=CalendarBody, summary="The working calendar", auth=None)
def calendar(request: HttpRequest) -> Any:
    """Read the calendar by which clocks run. Everybody may: due times are computed again from it."""
    newest = calendar_in_force()
    return {
        "code": newest.code, "digest": newest.digest, "published_at": newest.published_at,
        "content": newest.content,
    }  # fmt: skip


class NewCalendar(Body):
    """A calendar as in calendar.toml."""

    content: dict[str, Any]


class CalendarPublished(BaseModel):
    """The digest of the calendar that is now in force."""

    digest: str


@router.post("/calendar", response=CalendarPublished, summary="Publish the calendar", operation_id="calendars_publish")
def new_calendar(request: HttpRequest, body: NewCalendar, idempotency_key: Key = None) -> Any:
    """Publish a working calendar; clocks that run keep their due times. One day by POST /acts/calendars.override."""
    deed = Deed("calendars.publish", publish_calendar)
    arguments = {"content": body.content}
    return {"digest": perform(request, deed, actor_of_request(request), idempotency_key, arguments)}


class JournalBody(BaseModel):
    """How the journal stands."""

    origin: str
    key: str
    sequenced: int
    waiting: int
    published: int
    sequencer_at_work: bool


@router.get("/journal", response=JournalBody, summary="How the journal stands", tags=["journal"])
def journal(request: HttpRequest) -> Any:
    """Read how many entries are sequenced, published and waiting. Needs administration.see."""
    require(actor_of_request(request), MAY)
    status = journal_status()
    return {
        "origin": status.origin, "key": str(status.key), "sequenced": status.sequenced, "waiting": status.waiting,
        "published": status.published, "sequencer_at_work": status.sequencer_at_work,
    }  # fmt: skip
