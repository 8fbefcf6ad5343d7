"""The pages of photos: handed out to everybody, added and removed by whoever leads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.http import HttpResponseBase, StreamingHttpResponse
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from tianqu.base.errors import InvalidInput, TianquError
from tianqu.base.identifiers import identifier_typed
from tianqu.kernel.files.api import discard_file, store_file
from tianqu.kernel.occasions.api import (
    ADD_PHOTO,
    PHOTOS_MAX,
    OccasionLine,
    Photo,
    add_photo,
    led_holder,
    occasion_photos,
    occasion_with,
    open_photo,
    photos_open,
    remove_photo,
)
from tianqu.kernel.pack.api import PageRequest, PageResult, formed, said
from tianqu.web.uploads import check_uploads

PICTURES: Final = "image/jpeg,image/png,image/webp"


@require_safe
def photo(request: PageRequest, *, occasion_id: UUID, file_id: UUID) -> HttpResponseBase:
    """A photo of an occasion, for everybody; ``?size=small`` at most 320 pixels large."""
    opened = open_photo(
        request.actor, occasion_id=occasion_id, file_id=file_id, small=request.GET.get("size") == "small"
    )
    whole: Any = StreamingHttpResponse(opened.chunks, headers=opened.headers)
    answer: Any = get_conditional_response(request, etag=opened.headers["ETag"], response=whole)
    return answer  # type: ignore[no-any-return]  # Django's own stubs do not know what it returns


def leading(request: PageRequest, occasion_id: UUID) -> PageResult:
    """Add photos of what has begun, one at a time with the words for it, and remove them."""
    line = occasion_with(occasion_id)
    led_holder(request.actor, ADD_PHOTO, kind=line.occasion.kind, subject=line.occasion.subject)

    def keep(given: Mapping[str, Any]) -> tuple[str, str]:
        if given.get("remove"):
            remove_photo(request.actor, occasion_id=occasion_id, file_id=identifier_typed(given["remove"]))
            return request.path, gettext("The photo is removed; nobody sees it again.")
        _add(request, occasion_id, given)
        return request.path, gettext("The photo is shown.")

    return formed(
        request, "occasions/photos.html", begun=dict, keep=keep, line=line, it=line.occasion,
        photos=occasion_photos(occasion_id), most=PHOTOS_MAX, opened=photos_open(line.occasion), accept=PICTURES,
        where=_where(line), renamed={"file": "files", "file_id": "files"},
    )  # fmt: skip


def _add(request: PageRequest, occasion_id: UUID, given: Mapping[str, Any]) -> None:
    """Hand a photo in and show it; one that is refused is not kept."""
    sent = request.FILES.getlist("files")[:1]
    if not sent:
        raise InvalidInput(
            gettext_noop("This is needed."), field="files", remedy=gettext_noop("Choose or take a photo.")
        )
    check_uploads(request, request.actor, sent)
    stored = store_file(request.actor, content=sent[0].read(), name=sent[0].name or "photo").id
    try:
        add_photo(
            request.actor, occasion_id=occasion_id, file_id=stored, words=given.get("words", ""),
            words_en=given.get("words_en", ""),
        )  # fmt: skip
    except TianquError:
        discard_file(request.actor, file_id=stored)
        raise


def photo_address(one: Photo) -> str:
    """Where a photo lies, with the origin, for programs that read the page."""
    path = reverse("occasion_photo", kwargs={"occasion_id": one.occasion_id, "file_id": one.id})
    return f"{settings.TIANQU_ORIGIN}{path}"


def _where(line: OccasionLine) -> list[tuple[Any, str]]:
    it = line.occasion
    led = reverse("occasion_led", kwargs={"occasion_id": it.id})
    return [(_("What is held"), reverse("occasions_desk")), (said(it.title, it.title_en), led)]
