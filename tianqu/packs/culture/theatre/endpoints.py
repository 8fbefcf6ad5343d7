"""Theatres over the API; their shows and seats are at ``/occasions``, and what is done goes by ``POST /acts/…``."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router
from pydantic import BaseModel, ConfigDict, Field

from tianqu.packs.culture.theatre.queries import Year, theatre_called, year_of

router = Router(tags=["culture"])


class CultureTheatreYear(BaseModel):
    """What a theatre came to in a year: shows that were booked, who came, and fen that were taken in."""

    model_config = ConfigDict(from_attributes=True)
    shows: int
    came: int
    amount_fen: int


@router.get("/culture/theatres/{code}/year", response=CultureTheatreYear, summary="A year of a theatre")
def theatre_year(request: HttpRequest, code: str, year: Annotated[int, Field(ge=0, le=9999)] = 0) -> Year:
    """What its booked takings come to; `year` 0 is this one."""
    return year_of(theatre_called(code), year or timezone.localdate().year)
