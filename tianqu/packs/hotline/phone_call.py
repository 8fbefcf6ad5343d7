"""One call as the phone desk's form holds it: read from what was sent, checked, kept as a draft in the session."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_noop

from tianqu.base.errors import InvalidInput, InvalidInputs, NotFound, at_field
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.orders.api import Contact, KnownItem, item_form, known_item, page_answers, validate_answers
from tianqu.kernel.pack.api import PageRequest
from tianqu.kernel.places.api import Place, place_with

FORM_PREFIX: Final = "form-"  # names of the fields of the item's own form
DRAFT: Final = "phone_draft"  # the session's key; the session ends with the signing out
DRAFT_CHARACTERS_MAX: Final = 40_000
TITLE_CHARACTERS: Final = 40  # of a title made from the first sentence
SENTENCE_END: Final = re.compile(r"[。！？!?；;\n]|\.\s")
ROUTES: Final = ("dispatch", "answer", "attach", "queue")
URGENCIES: Final = ("none", "utilities", "danger")
LANGUAGES: Final = ("zh", "dialect", "en", "other")


@dataclass(frozen=True, slots=True)
class Call:
    """What the operator has typed so far. Nothing of it is an order yet; most of it is personal data."""

    given: QueryDict

    def text(self, name: str) -> str:
        """What stands in a field, without blanks around it."""
        return self.given.get(name, "").strip()

    @property
    def order_id(self) -> UUID:
        """The identifier under which it will be sent, so that sending twice is sending once."""
        try:
            return UUID(self.text("call"))
        except ValueError as error:
            raise InvalidInput(
                gettext_noop("This page has lost its data."), field="call",
                remedy=gettext_noop("Begin anew; nothing was sent."),
            ) from error  # fmt: skip

    @property
    def title(self) -> str:
        """The title that was typed, else the beginning of the first sentence of the matter."""
        first = SENTENCE_END.split(self.text("description"), maxsplit=1)[0].strip()
        return self.text("title") or first[:TITLE_CHARACTERS]

    @property
    def words(self) -> str:
        """Everything said about the matter, for suggestions."""
        return f"{self.text('title')} {self.text('description')}".strip()

    @property
    def phone(self) -> str:
        """The caller's number as it is compared: without blanks and hyphens."""
        return re.sub(r"[\s-]", "", self.text("phone"))

    @property
    def urgency(self) -> str:
        """What was heard: none, utilities, danger."""
        return self.text("urgency") if self.text("urgency") in URGENCIES else "none"

    @property
    def kind(self) -> str:
        """Who asks: resident or firm."""
        return "firm" if self.text("kind") == "firm" else "resident"

    @property
    def route(self) -> str:
        """What becomes of it: dispatched, answered on the spot, attached to another, or left to the dispatcher."""
        return self.text("route") if self.text("route") in ROUTES else "dispatch"

    @property
    def contact(self) -> Contact:
        """Who asks."""
        return Contact(kind=self.kind, name=self.text("name"), phone=self.phone, firm=self.text("firm"))

    @property
    def is_empty(self) -> bool:
        """Whether nothing was typed yet."""
        return not any(self.text(name) for name in ("phone", "name", "title", "description", "place_words", "item"))

    def item(self) -> KnownItem | None:
        """The item that was chosen, None for none or one that is not offered."""
        try:
            return known_item(self.text("item"), on=timezone.localdate()) if self.text("item") else None
        except (NotFound, InvalidInput):
            return None

    def place(self) -> Place | None:
        """The place that was chosen, if it is one."""
        try:
            return place_with(UUID(self.text("place"))) if self.text("place") else None
        except (ValueError, NotFound):
            return None

    def answers(self, item: KnownItem) -> dict[str, Any]:
        """The answers to the item's own form. Raises ``InvalidInputs`` with the names that the page uses."""
        form = item_form(item)
        sent = {
            name.removeprefix(FORM_PREFIX): self.given.getlist(name)
            for name in self.given
            if name.startswith(FORM_PREFIX)
        }
        known = {each.code for each in form.fields}  # fields of an item chosen before may still be in the page
        sent = {code: values for code, values in sent.items() if code in known}
        try:
            return validate_answers(form, page_answers(form, sent), today=timezone.localdate())
        except InvalidInputs as refused:
            raise InvalidInputs([at_field(one, FORM_PREFIX + one.field) for one in refused.errors]) from refused

    def checked(self) -> tuple[KnownItem, Place, dict[str, Any]]:
        """Return item, place and answers, or raise ``InvalidInputs`` with everything that is missing at once."""
        item, place = self.item(), self.place()
        errors = []
        if not self.text("description"):
            errors.append(_missing("description", remedy=gettext_noop("Write down what the caller says.")))
        if item is None:
            errors.append(_missing("item", remedy=gettext_noop("Choose one, or take a suggestion.")))
        if place is None:
            errors.append(
                _missing("place_words", remedy=gettext_noop("Type a part of its name, then choose it below."))
            )
        answers: dict[str, Any] = {}
        if item is not None:
            try:
                answers = self.answers(item)
            except InvalidInputs as refused:
                errors += refused.errors
        if item is None or place is None or errors:
            raise InvalidInputs(errors)
        return item, place, answers


def _missing(field: str, *, remedy: str) -> InvalidInput:
    return InvalidInput(gettext_noop("This is needed."), field=field, remedy=remedy)


def new_call() -> Call:
    """Return an empty call with an identifier of its own."""
    return Call(QueryDict(f"call={new_identifier()}"))


def with_changes(call: Call, **changes: str) -> Call:
    """Return the call with some fields set anew."""
    given = call.given.copy()
    for name, value in changes.items():
        given[name] = value
    return Call(given)


def keep_draft(request: PageRequest, call: Call) -> None:
    """Keep what was typed in the session on the server, so that a lost line or a closed page loses nothing."""
    told = call.given.copy()
    for name in ("csrfmiddlewaretoken", "do", "take"):
        told.pop(name, None)
    encoded = told.urlencode()
    if not call.is_empty and len(encoded) <= DRAFT_CHARACTERS_MAX:
        request.session[DRAFT] = {"at": timezone.now().isoformat(), "fields": encoded}


def kept_draft(request: PageRequest) -> tuple[Call, datetime] | None:
    """Return the call that was begun in this session and not sent, and when it was last typed in."""
    kept = request.session.get(DRAFT)
    if not kept:
        return None
    return Call(QueryDict(kept["fields"])), datetime.fromisoformat(kept["at"])


def drop_draft(request: PageRequest) -> None:
    """Forget the call that was begun."""
    request.session.pop(DRAFT, None)
