"""What is one's own: who one is, notices, tokens, the access log. Each needs a token with the scope ``own.*``."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import get_language_from_request
from ninja import Router
from pydantic import BaseModel, ConfigDict

from tianqu.kernel.journal.api import Actor
from tianqu.kernel.notices.api import addresses_of, known_templates, notices_of, preferences_of, unread_count
from tianqu.kernel.places.api import accesses_of, account_of, held_posts, permitted_acts, tokens_of
from tianqu.web.api.doors import with_token
from tianqu.web.api.paging import Page, cursor_of, identifier_of, number_of, page_of
from tianqu.web.api.performing import actor_of_request, check_limits
from tianqu.web.api.values import Cursor, Flag, Limit

router = Router(tags=["own"], auth=with_token)


class HeldPostBody(BaseModel):
    """A post that the caller holds."""

    model_config = ConfigDict(from_attributes=True)
    id: UUID
    role: str
    title: str
    unit_id: UUID
    unit_name: str
    unit_name_en: str
    deputy_of: UUID | None


class Self(BaseModel):
    """Who the token stands for, the post through which it acts, and what it may do on something."""

    person_id: UUID
    account_id: UUID
    post_id: UUID | None
    unit_id: UUID | None
    place_paths: list[str]
    posts: list[HeldPostBody]
    may: list[str]


def _person(actor: Actor) -> UUID:
    assert actor.person_id is not None, "a token belongs to somebody"
    return actor.person_id


def _caller(request: HttpRequest, permission: str) -> Actor:
    actor = actor_of_request(request)
    check_limits(actor, permission)
    return actor


@router.get("/own", response=Self, summary="Who the token stands for")
def own(request: HttpRequest) -> Any:
    """Read who one is by this token and what it may do. Every token may ask this."""
    actor = actor_of_request(request)
    person_id = _person(actor)
    return {
        "person_id": person_id, "account_id": account_of(person_id).id, "post_id": actor.post_id,
        "unit_id": actor.unit_id, "place_paths": list(actor.scope.place_paths),
        "posts": held_posts(person_id), "may": sorted(permitted_acts(actor)),
    }  # fmt: skip


class NoticeBody(BaseModel):
    """A notice in the language that the caller accepts."""

    id: UUID
    at: datetime
    code: str
    subject: str
    title: str
    body: str
    link: str
    read_at: datetime | None


@router.get("/own/notices", response=Page[NoticeBody], summary="One's notices")
def notices(request: HttpRequest, unread: Flag = False, after: Cursor | None = None, limit: Limit = 20) -> Any:
    """List one's own notices and one's units', the newest first. Mark them by POST /acts/notices.read."""
    actor = _caller(request, "own.notices")
    most = min(limit, 100)
    found = notices_of(
        actor, language=get_language_from_request(request), unread=unread, before=identifier_of(after), limit=most
    )
    rows = [
        {
            "id": one.id, "at": one.at, "code": one.code, "subject": one.subject, "title": one.words.title,
            "body": one.words.body, "link": one.words.link, "read_at": one.read_at,
        }
        for one in found
    ]  # fmt: skip
    return {"rows": rows, "next": cursor_of(found[-1].id) if len(found) == most else None}


class Wanted(BaseModel):
    """Whether notices of a kind are wanted by a channel."""

    code: str
    channel: str
    wanted: bool


class NoticeSettings(BaseModel):
    """Where one is told, what one chose, which kinds there are, and how many are unread (to 100)."""

    addresses: dict[str, str]
    preferences: list[Wanted]
    codes: list[str]
    unread: int


@router.get("/own/notice-settings", response=NoticeSettings, summary="How one is told")
def notice_settings(request: HttpRequest) -> Any:
    """Read where one is told what. Change it by POST /acts/notices.prefer and /acts/notices.address."""
    actor = _caller(request, "own.notices")
    chosen = preferences_of(actor).items()
    return {
        "addresses": addresses_of(actor),
        "preferences": [{"code": code, "channel": channel, "wanted": wanted} for (code, channel), wanted in chosen],
        "codes": sorted(known_templates()), "unread": unread_count(actor),
    }  # fmt: skip


class TokenBody(BaseModel):
    """A token as its owner knows it again; the secret was shown once."""

    model_config = ConfigDict(from_attributes=True)
    id: UUID
    name: str
    hint: str
    scopes: list[str]
    post_id: UUID | None
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None


@router.get("/own/tokens", response=list[TokenBody], summary="One's tokens")
def tokens(request: HttpRequest) -> Any:
    """List one's tokens, the newest first.

    Make one by POST /acts/places.issue_token, end one by POST /acts/places.revoke_token.
    """
    actor = _caller(request, "own.tokens")
    return tokens_of(_person(actor))


class Access(BaseModel):
    """A line of the access log: what one did, or who looked at one's data."""

    model_config = ConfigDict(from_attributes=True)
    id: int
    at: datetime
    what: str
    subject: str
    person_id: UUID | None
    about_person_id: UUID | None
    channel: str
    address: str
    agent: str


@router.get("/own/accesses", response=Page[Access], summary="One's access log")
def accesses(request: HttpRequest, after: Cursor | None = None, limit: Limit = 50) -> Any:
    """List who came in one's name and who looked at one's data, the newest first."""
    actor = _caller(request, "own.accesses")
    rows = accesses_of(_person(actor), before=number_of(after), limit=limit + 1)
    return page_of(rows, limit, key="id")
