"""A page with one form for one act: fields as declared, faults at the field, what was typed kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_date
from django.utils.functional import Promise
from django.views.decorators.http import require_http_methods

from tianqu.base.errors import InvalidInput, TianquError, _
from tianqu.kernel.pack.api import Faults, PageRequest
from tianqu.kernel.places.api import require
from tianqu.web.layout.errors import faults

SEE = "administration.see"
View = Callable[..., HttpResponse]
Text = str | Promise


def administrators_page(view: View) -> View:
    """Open a page to whoever may see the administration. What its form does has the act's own permission besides."""

    @wraps(view)
    def guarded(request: PageRequest, **named: Any) -> HttpResponse:
        require(request.actor, SEE)
        return view(request, **named)

    return require_http_methods(["GET", "HEAD", "POST"])(guarded)


def page(request: PageRequest, template: str, status: int = 200, **context: Any) -> HttpResponse:
    """Render one of this area's pages."""
    return render(request, f"administration/{template}.html", context, status=status, using="jinja2")


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form. ``name`` is the act's argument, so that its errors stand here.

    ``kind`` is text, date, area, select, file, checkbox or password; ``options`` are pairs of value and title.
    """

    name: str
    label: Text
    kind: str = "text"
    required: bool = True
    hint: Text = ""
    options: Sequence[tuple[str, Text]] = ()
    width: str = "m"


@dataclass(frozen=True, slots=True)
class Done:
    """What came of an act: where to go on, and the sentence that the next page shows."""

    address: str
    notice: Text


@dataclass(frozen=True, slots=True)
class ActForm:
    """A page with one form: its title, where it is, what it explains, its fields, and the words on its button."""

    title: Text
    button: Text
    permission: str
    fields: Sequence[Field] = ()
    where: Sequence[tuple[Text, str]] = ()
    text: Text = ""
    dangerous: bool = False  # its button says so

    @property
    def uploads(self) -> bool:
        """Whether a file is sent with it."""
        return any(field.kind == "file" for field in self.fields)


def act_page(
    request: PageRequest,
    form: ActForm,
    perform: Callable[[Mapping[str, str]], Done | HttpResponse],
    *,
    values: Mapping[str, str] | None = None,
) -> HttpResponse:
    """Show the form; when it is sent, do the act and go on, or show it again with what was wrong."""
    require(request.actor, form.permission)
    if request.method != "POST":
        return _shown(request, form, values or {}, Faults())
    given = {field.name: request.POST.get(field.name, "").strip() for field in form.fields}
    try:
        _refuse_missing(form, given)
        _refuse_unreadable(given)
        done = perform(given)
    except TianquError as error:
        return _shown(request, form, given, faults(error), status=error.status)
    if isinstance(done, HttpResponse):
        return done
    messages.success(request, str(done.notice))
    return redirect(done.address)


def _shown(
    request: PageRequest, form: ActForm, values: Mapping[str, str], errors: Faults, *, status: int = 200
) -> HttpResponse:
    names = {field.name for field in form.fields}
    summary = [(name if name in names else "", sentence) for name, sentence in errors.items()]
    return page(request, "form", status, form=form, values=values, errors=errors, summary=summary)


def _refuse_missing(form: ActForm, given: Mapping[str, str]) -> None:
    for field in form.fields:
        if field.required and field.kind != "file" and not given[field.name]:
            raise InvalidInput(_("This is needed."), field=field.name, remedy=_("Fill it in."))


def _refuse_unreadable(given: Mapping[str, str]) -> None:
    """Refuse U+0000, which the database's texts cannot hold, before anything is looked up by it."""
    for name, text in given.items():
        if "\0" in text:
            raise InvalidInput(
                _("This text holds characters that cannot be shown."), field=name, remedy=_("Type it anew.")
            )


def day_given(given: Mapping[str, str], name: str) -> date:
    """Return the day in a field. Raises ``InvalidInput`` for what is none."""
    try:
        day = parse_date(given[name])
    except ValueError:
        day = None
    if day is None:
        raise InvalidInput(_("%(value)s is not a date."), field=name, value=given[name][:20], remedy=_("Choose a day."))
    return day


def day_given_or_none(given: Mapping[str, str], name: str) -> date | None:
    """Return the day in a field, None if it was left empty."""
    return day_given(given, name) if given[name] else None
