"""A page with one form for one act: fields as declared, faults at the field, what was typed kept, safe to repeat."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, TypeVar
from uuid import UUID

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from tianqu.base.errors import InvalidInput, TianquError, _, at_field
from tianqu.base.identifiers import new_identifier
from tianqu.base.quantities import UNITS, format_quantity, read_quantity
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.pack.api import Faults, PageRequest, PageResult, Redirect, Rendered, faults
from tianqu.kernel.pack.api import count_given as count_given  # read in every form of the village
from tianqu.kernel.pack.api import day_given as day_given
from tianqu.kernel.pack.api import day_or_none as day_or_none
from tianqu.kernel.places.api import Place, places_at, require
from tianqu.packs.village.choosing import fields_offered, place_meant, place_narrowing, source
from tianqu.packs.village.registers.land import VILLAGE_KIND

Text = str | Promise
Choice = TypeVar("Choice", bound=Enum)
TEXT_MAX: Final = 20_000  # characters of one field
MU: Final = UNITS["mu_4"]
YUAN: Final = UNITS["fen"]
SENT: Final = "sent_id"  # the identifier under which the act is done once, however often the form is sent


@dataclass(frozen=True, slots=True)
class Field:
    """A field: ``kind`` is an input's type, or area, select, radios, checkbox, heading, fold, file or place.

    A fold is a heading to open. ``place_kind``: a place of this kind is wanted; "" for any.
    """

    name: str
    label: Text = ""
    kind: str = "text"
    required: bool = True
    hint: Text = ""
    width: str = ""
    options: Sequence[tuple[str, Text]] = ()
    rows: int = 3
    place_kind: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """A page with one form: its title, where it is, what it explains, its fields, and the words on its button.

    ``lines`` are a list below what it explains: what is to be known before one decides.

    ``other_button`` is a second one, beside it, that sends the same fields with ``change`` as ``other_change``.
    """

    title: Text
    button: Text
    permission: str
    fields: Sequence[Field]
    where: Sequence[tuple[Text, str]] = ()
    text: Text = ""
    lines: Sequence[Text] = ()
    dangerous: bool = False
    other_button: Text = ""
    other_change: str = ""

    @property
    def asked(self) -> list[Field]:
        """The fields that are typed into, without the headings between them."""
        return [field for field in self.fields if field.kind not in ("heading", "fold")]


@dataclass(frozen=True, slots=True)
class Done:
    """What came of an act: where to go on, and the sentence that the next page shows."""

    address: str
    notice: Text


def act_page(
    request: PageRequest,
    form: Form,
    perform: Callable[[Mapping[str, str], UUID], Done],
    *,
    values: Mapping[str, str] | None = None,
) -> PageResult:
    """Show the form; when it is sent, do the act under the form's identifier and go on, or say what was wrong."""
    require(request.actor, form.permission)
    if request.method != "POST":
        return form_shown(request, form, values or {}, Faults(), new_identifier())
    given = {field.name: request.POST.get(field.name, "").strip()[:TEXT_MAX] for field in form.asked}
    sent_id = sent_id_of(request.POST.get(SENT, ""))
    try:
        refuse_missing(form, given)
        done = perform(given, sent_id)
    except TianquError as error:
        return form_shown(request, form, given, faults(error), sent_id, status=error.status)
    return Redirect(done.address, notice=str(done.notice))


def form_shown(
    request: PageRequest, form: Form, values: Mapping[str, str], errors: Faults, sent_id: UUID, *, status: int = 200
) -> PageResult:  # fmt: skip
    """Show a form with what was typed and what was wrong with it."""
    names = {field.name for field in form.asked}
    context: dict[str, Any] = {
        "form": form, "values": values, "errors": errors, "sent_id": sent_id,
        "summary": [(name if name in names else "", sentence) for name, sentence in errors.items()],
        "labels": {field.name: field.label for field in form.asked},
        "opened": any(errors[field.name] for field in _folded(form)), **places_context(request, form.asked, values),
    }  # fmt: skip
    return Rendered("village/form.html", context, status=status)


def places_context(request: PageRequest, fields: Sequence[Field], values: Mapping[str, str]) -> dict[str, Any]:
    """What a template needs to show the fields of places: the address of each one's list, and what it offers now."""
    kinds = {field.name: field.place_kind for field in fields if field.kind == "place"}
    return {
        "places_source": {name: source(kind) for name, kind in kinds.items()},
        "places_offered": fields_offered(request.actor, values, kinds),
    }


def _folded(form: Form) -> list[Field]:
    """The fields behind the fold."""
    kinds = [field.kind for field in form.fields]
    return list(form.fields[kinds.index("fold") :]) if "fold" in kinds else []


def sent_id_of(text: str) -> UUID:
    """The identifier under which a form was sent, or a fresh one."""
    try:
        return UUID(text)
    except ValueError:  # a form of another make; then it is simply not safe to send twice
        return new_identifier()


def refuse_missing(form: Form, given: Mapping[str, str]) -> None:
    """Refuse what was left empty and is needed, and what cannot be shown. Raises ``InvalidInput`` at the field."""
    for field in form.asked:
        if "\0" in given[field.name]:
            raise InvalidInput(
                _("This text holds characters that cannot be shown."), field=field.name, remedy=_("Type it anew.")
            )
        if field.required and field.kind not in ("file", "checkbox") and not given[field.name]:
            raise InvalidInput(_("This is needed."), field=field.name, remedy=_("Fill it in."))


def area_given(given: Mapping[str, str], name: str) -> int:
    """Return the area in a field, typed in mu, in 0.0001 mu."""
    try:
        return read_quantity(given[name], MU)
    except InvalidInput as error:
        raise at_field(error, name) from error


def yuan_given(given: Mapping[str, str], name: str) -> int | None:
    """Return the amount in a field, typed in yuan, in fen; None if it was left empty."""
    try:
        return read_quantity(given[name], YUAN) if given.get(name) else None
    except InvalidInput as error:
        raise at_field(error, name) from error


def chosen(enumeration: type[Choice], given: Mapping[str, str], name: str) -> Choice:
    """Return what was chosen in a list. Raises ``InvalidInput``."""
    try:
        return enumeration(given[name])
    except ValueError as error:
        raise InvalidInput(
            _("“%(value)s” is none of the list."), field=name, value=given[name][:40],
            remedy=_("Choose one of the list."),
        ) from error  # fmt: skip


def said_mu(area_mu_4: int) -> str:
    """Write an area in mu with its four decimals; the unit stands in the header."""
    return format_quantity(area_mu_4, MU)


def said_yuan(fen: int | None) -> str:
    """Write an amount in yuan, "" for none."""
    return "" if fen is None else format_quantity(fen, YUAN)


def home_village(request: PageRequest) -> Place | None:
    """The village whose post this is; None for a post that looks after several."""
    paths = request.actor.scope.place_paths
    place = places_at(set(paths[:1])).get(paths[0]) if paths else None
    return place if place is not None and place.kind == VILLAGE_KIND else None


def place_path_asked(query: QueryDict, actor: Actor) -> str | None:
    """The path of the place to whose villages an address narrows a list, by its name or code; None for all.

    Raises ``InvalidInput``.
    """
    place = place_narrowing(actor, query.get("place", ""))
    return str(place.path) if place is not None else None


def village_field(request: PageRequest) -> list[Field]:
    """The field for the village, for a post that looks after several."""
    if home_village(request) is not None:
        return []
    return [place_field("village", gettext_lazy("Village"), kind=VILLAGE_KIND)]


def place_field(name: str, label: Text, *, kind: str = "", hint: Text = "") -> Field:
    """A field for a place, which is chosen by its name or code; ``kind``: of which kind alone."""
    hint = hint or gettext_lazy("A part of its name, then choose from the list; or its code.")
    return Field(name, label, "place", hint=hint, width="m", place_kind=kind)


def village_given(request: PageRequest, given: Mapping[str, str]) -> Place:
    """The village of the post, or the one that was typed by name or code. Raises ``InvalidInput``."""
    home = home_village(request)
    if home is not None:
        return home
    return place_meant(request.actor, given["village"], field="village", kind=VILLAGE_KIND)
