"""Views of lists that somebody keeps under a name: the filters of a page, as they stand in its address."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.http import QueryDict

from tianqu.base.errors import InvalidInput, NotFound, NotPermitted, TooLarge, TooMany, _
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import Acting, Actor, act
from tianqu.kernel.places.models import SavedView

VIEWS_MAX: Final = 30  # of one person on one page
NAME_MAX: Final = 40  # characters
QUERY_MAX: Final = 2_000
CURSORS: Final = ("after", "before")  # a view begins at its first page


def saved_views(actor: Actor, *, page: str) -> list[SavedView]:
    """Return what the actor keeps for a page, by name. One query."""
    if actor.person_id is None:
        return []
    return list(SavedView.objects.filter(person_id=actor.person_id, page=page).order_by("name")[:VIEWS_MAX])


def _person(acting: Acting) -> UUID:
    person_id = acting.actor.person_id
    assert person_id is not None, "may_keep lets nobody else in"
    return person_id


def may_keep(acting: Acting, /, **arguments: Any) -> None:
    """Anybody who has signed in keeps views of their own."""
    if acting.actor.person_id is None:
        raise NotPermitted(_("Views are kept for those who have signed in."), remedy=_("Sign in first."))


@act("views.save", may=may_keep)
def save_view(acting: Acting, *, page: str, name: str, query: str) -> UUID:
    """Keep a page's query string under a name; the same name again replaces it. Return its identifier.

    Raises ``InvalidInput`` for a name, ``TooLarge`` for a query that is too long, and ``TooMany``.
    """
    name = " ".join(name.split())
    if not name or len(name) > NAME_MAX or not name.isprintable() or "\ufffd" in name:
        raise InvalidInput(
            _("A view needs a name of at most %(most)s characters."), field="name", value=name[:NAME_MAX], most=NAME_MAX
        )
    if len(query) > QUERY_MAX:
        raise TooLarge(_("This text has more than %(most)s characters."), field="query", most=QUERY_MAX)
    kept = QueryDict(query, mutable=True)
    for cursor in CURSORS:
        kept.pop(cursor, None)
    person_id = _person(acting)
    view = SavedView.objects.filter(person_id=person_id, page=page, name=name).first()
    if view is None:
        if SavedView.objects.filter(person_id=person_id, page=page).count() >= VIEWS_MAX:
            raise TooMany(_("At most %(most)s views are kept."), field="name", most=VIEWS_MAX)
        view = SavedView(id=new_identifier(), person_id=person_id, page=page, name=name)
    view.query = kept.urlencode()
    view.save()
    acting.record(f"person:{person_id}", after={"view": view.id, "page": page, "name": name}, sealed=True)
    return view.id


@act("views.remove", may=may_keep)
def remove_view(acting: Acting, *, view_id: UUID) -> None:
    """Keep a view of one's own no longer.

    Raises ``NotFound``.
    """
    removed, _tables = SavedView.objects.filter(id=view_id, person_id=_person(acting)).delete()
    if not removed:
        raise NotFound(
            _("There is no such view."), field="view_id", value=str(view_id),
            remedy=_("Choose one of the views that you keep."),
        )  # fmt: skip
    acting.record(f"person:{acting.actor.person_id}", after={"view": view_id, "removed": True}, sealed=True)
