"""What is new as an Atom feed (RFC 4287), in the language of whoever reads it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.utils.feedgenerator import Atom1Feed

from tianqu.web.layout.formats import in_chinese

ENTRIES_MAX: Final = 50


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One thing that is new: ``path`` is its page, ``changed`` when it was corrected."""

    id: UUID
    title: str
    path: str
    published: datetime | None
    changed: datetime | None = None


def atom(title: str, *, page: str, path: str, entries: Iterable[FeedEntry]) -> HttpResponse:
    """A feed. ``page`` is the address that tells the same to people, ``path`` its own."""
    origin = settings.TIANQU_ORIGIN
    made = Atom1Feed(
        title=title, link=origin + page, description="", language="zh-Hans" if in_chinese() else "en",
        feed_url=origin + path,
    )  # fmt: skip
    for each in entries:
        made.add_item(
            title=each.title, description="", pubdate=each.published, link=origin + each.path,
            updateddate=each.changed, unique_id=f"urn:uuid:{each.id}",
        )  # fmt: skip
    return HttpResponse(made.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")
