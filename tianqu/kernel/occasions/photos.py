"""Photos of what took place: who leads it adds them, everybody sees them, and who is shown may ask for removal."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.utils import timezone

from tianqu.base.errors import Conflict, InvalidInput, NotFound, TooLarge, _
from tianqu.base.texts import clean_line
from tianqu.kernel.files.api import Kind, OpenedFile, StoredFile, erase_held, hold_file, open_file
from tianqu.kernel.journal.api import Acting, Actor, DoneBefore, act, erase_bodies
from tianqu.kernel.occasions.announcing import locked_occasion
from tianqu.kernel.occasions.kinds import led_holder
from tianqu.kernel.occasions.models import Occasion, Photo
from tianqu.kernel.places.api import may_by_role

PHOTOS_MAX: Final = 12
WORDS_MAX: Final = 200
ADD_PHOTO: Final = "occasions.add_photo"


@act(ADD_PHOTO, may=may_by_role)
def add_photo(acting: Acting, *, occasion_id: UUID, file_id: UUID, words: str, words_en: str) -> None:
    """Show a photo of an occasion that has begun to everybody, with words for who cannot see it.

    ``file_id`` is a picture that was handed in and that nothing else holds: files made it anew, without where and with
    what it was taken. ``words`` and ``words_en`` say what is to be seen (WCAG 2.2, 1.1.1), 200 characters at most.
    Raises ``Conflict`` before the beginning and for what was called off, ``TooLarge`` for a thirteenth photo,
    ``InvalidInput`` for no picture and without words, ``NotFound`` for such a file.
    """
    occasion = _led_occasion(acting, occasion_id)
    if Photo.objects.filter(id=file_id, occasion=occasion, removed_at=None).exists():
        raise DoneBefore(None)
    if occasion.cancelled_at is not None or acting.now < occasion.starts_at:
        raise Conflict(
            _("Photos are added once it has begun."), field="occasion_id", remedy=_("Come back when it is under way.")
        )
    said = {
        "words": clean_line(words, field="words", most=WORDS_MAX, wanted=True),
        "words_en": clean_line(words_en, field="words_en", most=WORDS_MAX, wanted=True),
    }
    held = Photo.objects.filter(occasion=occasion, removed_at=None).count()
    if held >= PHOTOS_MAX:
        raise TooLarge(
            _("An occasion has at most %(most)s photos."), field="file_id", most=PHOTOS_MAX,
            remedy=_("Remove one before you add another."),
        )  # fmt: skip
    stored = hold_file(acting, file_id=file_id, holder=_holder(occasion.id))
    if stored.kind != Kind.IMAGE:
        raise InvalidInput(
            _("“%(value)s” is no photo."), field="file_id", value=stored.name[:60], remedy=_("Choose a picture.")
        )
    photo = Photo(
        id=file_id, occasion=occasion, unit_id=occasion.unit_id, place_path=occasion.place_path, added_at=acting.now,
        **said,
    )  # fmt: skip
    photo.save(force_insert=True)
    _record(acting, photo)


@act("occasions.remove_photo", may=may_by_role)
def remove_photo(acting: Acting, *, occasion_id: UUID, file_id: UUID) -> None:
    """Take a photo away for good: nobody sees it again; its bytes are erased, and so are the words beside it.

    Raises ``NotFound`` for a photo that the occasion has not, and has not had.
    """
    occasion = _led_occasion(acting, occasion_id)
    photo = Photo.objects.select_for_update().filter(id=file_id, occasion=occasion).first()
    if photo is None:
        raise _no_photo(file_id)
    if photo.removed_at is not None:
        raise DoneBefore(None)
    erase_held(acting, file_id=file_id)
    erase_bodies(acting, [_subject(file_id), f"file:{file_id}"])  # they hold its words, and what it was called
    photo.words, photo.words_en, photo.removed_at = "", "", acting.now
    photo.save(update_fields=["words", "words_en", "removed_at"])
    _record(acting, photo)


def occasion_photos(occasion_id: UUID) -> list[Photo]:
    """The photos of an occasion that everybody sees, in the order in which they were added, at most twelve."""
    shown = Photo.objects.filter(occasion=occasion_id, removed_at=None)
    return list(shown.order_by("added_at", "id")[:PHOTOS_MAX])


def open_photo(actor: Actor, *, occasion_id: UUID, file_id: UUID, small: bool = False) -> OpenedFile:
    """Open a photo of an occasion for anybody, whole or at most 320 pixels large. Raises ``NotFound``."""
    shown = Photo.objects.filter(id=file_id, occasion=occasion_id, removed_at=None).exists()

    def may_see(_reader: Actor, stored: StoredFile) -> None:
        if not shown or stored.holder != _holder(occasion_id):
            raise _no_photo(file_id)

    return open_file(actor, file_id=file_id, may_see=may_see, variant="thumbnail" if small else "served")


def photos_open(occasion: Occasion) -> bool:
    """Say whether photos of an occasion may be added by now."""
    return occasion.cancelled_at is None and occasion.starts_at <= timezone.now()


def _led_occasion(acting: Acting, occasion_id: UUID) -> Occasion:
    occasion = locked_occasion(occasion_id)
    led_holder(acting.actor, acting.act, kind=occasion.kind, subject=occasion.subject)
    return occasion


def _holder(occasion_id: UUID) -> str:
    return f"occasion:{occasion_id}"


def _no_photo(file_id: UUID) -> NotFound:
    return NotFound(
        _("There is no such photo."),
        field="file_id",
        value=str(file_id),
        remedy=_("Look at the photos of the occasion."),
    )


def _record(acting: Acting, photo: Photo) -> None:
    """Record that a photo is shown, or is no more."""
    after: dict[str, Any] = {
        name: getattr(photo, name) for name in ("occasion_id", "words", "words_en", "added_at", "removed_at")
    }
    acting.record(_subject(photo.id), after=after)


def _subject(file_id: UUID) -> str:
    return f"occasion_photo:{file_id}"
