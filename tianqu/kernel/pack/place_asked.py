"""The place to which the address of a page narrows it, by code or name; what is none leaves the page as it is."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from tianqu.base.errors import TianquError
from tianqu.kernel.pack.page_request import PageRequest
from tianqu.kernel.pack.refusals import Faults, faults
from tianqu.kernel.places.api import Place, place_typed

TYPED_MAX = 100


@dataclass(frozen=True, slots=True)
class PlaceAsked:
    """What stands in the filter, the place that it means, and what is wrong with it: the page shows that at its field.

    ``errors`` are empty where there is a place, and where none is asked for.
    """

    text: str
    place: Place | None
    errors: Faults
    status: int = HTTPStatus.OK

    @property
    def code(self) -> str:
        """The code of the place; "" for none."""
        return self.place.code if self.place is not None else ""


def place_asked(request: PageRequest, *, begun: Place | None = None) -> PlaceAsked:
    """The place that ``?place=`` asks for, ``begun`` where it asks for none."""
    text = request.GET.get("place", "")[:TYPED_MAX].strip()
    if not text:
        return PlaceAsked(begun.code if begun is not None else "", begun, Faults())
    try:
        return PlaceAsked(text, place_typed(text, actor=request.actor), Faults())
    except TianquError as error:
        return PlaceAsked(text, None, faults(error), error.status)
