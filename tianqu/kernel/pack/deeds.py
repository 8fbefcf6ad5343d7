"""The acts that a page offers: what its form sent, as the keywords of the act, by the act's own signature.

A field is called as the keyword that it fills, as in the body of the API. So a page says which acts it offers, and
reads nothing itself; what cannot be read is refused at its field, in the words of ``typed_values``.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from typing import Any, Final, get_args, get_origin, get_type_hints
from uuid import UUID

from tianqu.base.errors import InvalidInput, InvalidInputs, TianquError, at_field
from tianqu.kernel.journal.api import Actor, registered_acts
from tianqu.kernel.pack.forms import typed, with_files
from tianqu.kernel.pack.page_request import PageRequest
from tianqu.kernel.pack.refusals import Faults, faults
from tianqu.kernel.pack.register_fields import act_named_of, keywords_of, without_none
from tianqu.kernel.pack.results import PageResult, Redirect, Rendered
from tianqu.kernel.pack.typed_values import (
    Given,
    count_given,
    day_given,
    fen_given,
    id_given,
    moment_given,
    moment_read,
    text_given,
)
from tianqu.kernel.places.api import may_by_role, place_typed, require

PLACE: Final = "place_id"  # the keyword that takes a place, which is typed by its code or name
FILES: Final = "files"  # the keyword that takes the files of a form
FILES_MAX: Final = 20  # handed in at once; how many it takes is for the act to say
YES: Final = ("on", "yes")


def _(message: str) -> str:
    """Mark a sentence for translation and return it unchanged."""
    return message


@dataclass(frozen=True, slots=True)
class Deed:
    """An act that a page offers.

    ``fields``: the field of the form for a keyword that is called otherwise there. ``fixed``: what the button itself
    says. ``read``: what the page reads itself of the form, because no type tells how. ``wanted``: keywords that are to
    be filled in here although the act would do without. ``place_kind``: of which kind the place is that a name means.
    """

    perform: Callable[..., Any]
    fields: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, Any] = field(default_factory=dict)
    read: Mapping[str, Callable[[Given], Any]] = field(default_factory=dict)
    wanted: tuple[str, ...] = ()
    place_kind: str | None = None

    def field_of(self, keyword: str) -> str:
        """The field that fills a keyword: ``place`` takes the code or name of a ``place_id``, others have its name."""
        return self.fields.get(keyword, "place" if keyword == PLACE else keyword)


@dataclass(frozen=True, slots=True)
class Done:
    """What was done on a page: by which button, with which keywords, and what the act returned."""

    deed: str
    arguments: Mapping[str, Any]
    result: Any


def acted(
    request: PageRequest,
    template: str,
    deeds: Mapping[str, Deed],
    *,
    onwards: str | Callable[[Done], Redirect],
    known: Mapping[str, Any] | None = None,
    begun: Given | None = None,
    shown: Callable[[Given], Mapping[str, Any]] = lambda _given: {},
) -> PageResult:
    """Show a page, or do the act whose button was pressed (``deed``; a page with one act needs none).

    ``known`` is what the page itself knows: each act is given what it has a keyword for. ``onwards`` is the notice that
    the page shows then, or says where to go. What was refused is shown with what was typed: the template gets
    ``given`` (at first what is ``begun``), ``errors`` by field, ``summary`` of all, and what ``shown`` makes of the
    fields.
    """
    given, errors, status = begun or {}, Faults(), 200
    if request.method == "POST":
        given = typed(request, [name for deed in deeds.values() for name in _listed(deed)])
        name = str(given.get("deed", "")) or (next(iter(deeds)) if len(deeds) == 1 else "")
        try:
            done = _done(request, deeds, name, given, known or {})
            return Redirect(request.path, notice=onwards) if isinstance(onwards, str) else onwards(done)
        except TianquError as error:
            errors, status = _at_fields(deeds.get(name), given, faults(error)), error.status
    context = {"given": given, "errors": errors, "summary": list(errors.items()), **shown(given)}
    return Rendered(template, context, status=status)


def _done(
    request: PageRequest, deeds: Mapping[str, Deed], name: str, given: Given, known: Mapping[str, Any], /
) -> Done:  # fmt: skip
    deed = deeds.get(name)
    if deed is None:
        raise InvalidInput(_("This cannot be done here."), field="deed", value=name[:40])
    act = registered_acts()[act_named_of(deed.perform)]
    takes = FILES in keywords_of(act.perform) and FILES not in known
    if takes and act.may is may_by_role:
        require(request.actor, act.name)  # before files are taken in
    arguments = arguments_typed(deed, given, known=known, actor=request.actor)
    if not takes:
        return Done(name, arguments, deed.perform(request.actor, **arguments))
    result = with_files(
        request, lambda files: deed.perform(request.actor, files=files, **arguments), most=FILES_MAX,
        name=deed.field_of(FILES),
    )  # fmt: skip
    return Done(name, arguments, result)


def _at_fields(deed: Deed | None, given: Given, told: Faults) -> Faults:
    """The faults of an act's keywords at the fields of the form."""
    if deed is None:
        return told
    moments = [name for name, hint in _hints(deed).items() if hint is datetime and deed.field_of(name) not in given]
    fields = {name: "day" if name in moments else deed.field_of(name) for name in _hints(deed)}
    return Faults({fields.get(name, name): sentence for name, sentence in told.items()})


def arguments_typed(
    deed: Deed, given: Given, *, known: Mapping[str, Any], actor: Actor | None = None
) -> dict[str, Any]:  # fmt: skip
    """What a form sent, as the keywords of an act but its files.

    What was left empty is the act's own default, but that a box that is not ticked is no yes; a place is called by its
    code, or by a name, within the reach of the ``actor`` first. Raises ``InvalidInput``,
    ``NotFound``; ``InvalidInputs`` names every field that cannot be read.
    """
    found: dict[str, Any] = {}
    wrong: list[TianquError] = []
    hints, known = _hints(deed), {**known, **deed.fixed}
    for name, parameter in keywords_of(deed.perform).items():
        needed = parameter.default is parameter.empty or name in deed.wanted
        try:
            if name in known:
                found[name] = known[name]
            elif name in deed.read:
                found[name] = deed.read[name](given)
            elif name != FILES and (needed or hints[name] is bool or given.get(deed.field_of(name))):
                at = deed.field_of(name)
                found[name] = _place(deed, given, actor) if name == PLACE else _read(hints[name], name, at, given)
        except TianquError as error:
            wrong.append(error)
    _refuse(wrong)
    return found


def _place(deed: Deed, given: Given, actor: Actor | None, /) -> UUID:
    at = deed.field_of(PLACE)
    return place_typed(text_given(given, at), field=at, kind=deed.place_kind, actor=actor).id


def _refuse(wrong: Sequence[TianquError]) -> None:
    """Raise what was wrong, one fault a field: two keywords may be filled by the same."""
    told: dict[str, InvalidInput] = {}
    for error in wrong:
        for each in error.errors if isinstance(error, InvalidInputs) else [error]:
            told.setdefault(each.field, at_field(each, each.field))
    if len(told) > 1:
        raise InvalidInputs(list(told.values()))
    if wrong:
        raise wrong[0]


def _hints(deed: Deed) -> dict[str, Any]:
    """The types of an act's keywords, without that they may be left out."""
    hints = get_type_hints(inspect.unwrap(deed.perform))
    return {name: without_none(hints[name]) for name in keywords_of(deed.perform)}


def _listed(deed: Deed) -> list[str]:
    """The fields of which many values are chosen at once."""
    plain = {FILES, *deed.read}
    return [deed.field_of(name) for name, hint in _hints(deed).items() if _is_list(hint) and name not in plain]


def _is_list(hint: Any) -> bool:
    return get_origin(hint) in (Sequence, list, tuple)


def _read(hint: Any, keyword: str, name: str, given: Given, /) -> Any:
    """A field as a value of a type. Raises ``InvalidInput``."""
    text = given.get(name, "")
    if _is_list(hint):
        return [_read(get_args(hint)[0], keyword, name, {name: one}) for one in text]
    if hint is int:
        return (fen_given if keyword.endswith("_fen") else count_given)(given, name)
    if hint is UUID:
        return id_given(given, name)
    if hint is datetime:
        return moment_read(text, field=name) if name in given else moment_given(given)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return _chosen(hint, text_given(given, name), field=name)
    readers: dict[Any, Callable[[], Any]] = {
        str: lambda: text_given(given, name), bool: lambda: text in YES, date: lambda: day_given(given, name),
    }  # fmt: skip
    assert hint in readers, f"{keyword} takes {hint}, which no field holds; let the page give it"
    return readers[hint]()


def _chosen(hint: type[Enum], text: str, *, field: str) -> Enum:
    try:
        return hint(text)
    except ValueError as error:
        raise InvalidInput(
            _("“%(value)s” is none of the list."), field=field, value=text[:40], remedy=_("Choose one of the list.")
        ) from error
