"""The pages of a theatre: what is on, for everybody; its hall, its shows and what they took in, for who runs it."""

from __future__ import annotations

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from tianqu.base.identifiers import new_identifier
from tianqu.kernel.pack.api import Given, PageRequest, PageResult, Rendered, id_given, named
from tianqu.kernel.places.api import can
from tianqu.packs.culture.desk_pages import desk_form
from tianqu.packs.culture.theatre import queries
from tianqu.packs.culture.theatre.acts import book_takings
from tianqu.packs.culture.words import words


def theatre_list(request: PageRequest) -> PageResult:
    """Every theatre, with what comes next in it."""
    told = queries.theatres_with_shows()
    declares = can(request.actor, "culture.declare_theatre")
    return Rendered("culture/theatres.html", {"theatres": told, "declares": declares, **words()})


def theatre(request: PageRequest, code: str) -> PageResult:
    """A theatre: the shows of the next two months, and what the year came to."""
    found = queries.theatre_called(code)
    lines, year = queries.coming_shows(found), timezone.localdate().year
    runs = can(request.actor, queries.RUN, found)
    context = {
        "theatre": found, "lines": lines, "year": year, "told": queries.year_of(found, year), "runs": runs,
        "changes": can(request.actor, "culture.declare_theatre", found),
        "where": [(gettext("Theatres"), reverse("culture:theatres"))], **words(),
    }  # fmt: skip
    return Rendered("culture/theatre.html", context)


def takings(request: PageRequest, code: str) -> PageResult:
    """The shows, who came, and what each took in; booking what is not booked yet."""
    found = queries.theatre_called(code)

    def keep(given: Given) -> tuple[str, str]:
        number = book_takings(
            request.actor, occasion_id=id_given(given, "occasion"), transfer_id=id_given(given, "sent_id")
        )
        if not number:
            return request.path, gettext("Nobody had to pay: nothing to book.")
        return request.path, gettext("Booked as number %(number)s of the book.") % {"number": number}

    shows = queries.led_shows(request.actor, found)
    return desk_form(
        request, "takings", lambda: {"sent_id": str(new_identifier())}, keep, theatre=found, shows=shows,
        books=can(request.actor, "culture.book_takings", found),
        where=[(named(found), reverse("culture:theatre", kwargs={"code": code}))],
    )  # fmt: skip
