"""Measuring over the API: what corners enclose, and what was walked. What is done goes by ``POST /acts/…``."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from tianqu.kernel.pack.api import caller_of
from tianqu.packs.village.measuring.areas import ACCURACY_CM_MAX, CORNERS_MAX, DEGREE_7, Corner, measured
from tianqu.packs.village.measuring.queries import walks_of

router = Router(tags=["village"])
# To JSON Schema 2.0 is a whole number, too.
WHOLE = BeforeValidator(lambda value: int(value) if isinstance(value, float) and value.is_integer() else value)
Longitude7 = Annotated[int, Field(ge=-180 * DEGREE_7, le=180 * DEGREE_7, strict=True), WHOLE]
Latitude7 = Annotated[int, Field(ge=-90 * DEGREE_7, le=90 * DEGREE_7, strict=True), WHOLE]


class WalkedCornerBody(BaseModel):
    """A corner in 0.0000001 degrees of WGS 84, and its accuracy in centimetres at 95 in 100 where a device told it."""

    model_config = ConfigDict(from_attributes=True, extra="forbid")
    lon_7: Longitude7
    lat_7: Latitude7
    accuracy_cm: Annotated[int, Field(ge=0, le=ACCURACY_CM_MAX, strict=True), WHOLE] | None = None


class MeasuringBody(BaseModel):
    """Corners in the order in which one walks around; the first is not told again at the end."""

    model_config = ConfigDict(extra="forbid")
    corners: list[WalkedCornerBody] = Field(min_length=3, max_length=CORNERS_MAX)


class MeasuredBody(BaseModel):
    """What corners enclose, in 0.0001 mu; the accuracy at 95 in 100, null where some corner has none."""

    model_config = ConfigDict(from_attributes=True)
    area_mu_4: int
    accuracy_mu_4: int | None
    boundary: dict[str, Any]


@router.post("/village/measurements", response=MeasuredBody, summary="What corners enclose")
def measuring(request: HttpRequest, body: MeasuringBody) -> Any:
    """Measure what corners enclose on the ellipsoid. Nothing that is sent here is kept."""
    return measured([Corner(one.lon_7, one.lat_7, one.accuracy_cm) for one in body.corners])


class WalkBody(BaseModel):
    """What was walked of a parcel under one change of the register."""

    model_config = ConfigDict(from_attributes=True)
    change_id: UUID
    corners: list[WalkedCornerBody]
    area_mu_4: int
    accuracy_mu_4: int | None


class ParcelPhotoBody(BaseModel):
    """A photo of a parcel."""

    model_config = ConfigDict(from_attributes=True)
    id: UUID
    name: str
    media_type: str
    size: int = Field(description="bytes")
    at: datetime


class WalksBody(BaseModel):
    """What was walked of a parcel, newest first, and its photos."""

    model_config = ConfigDict(from_attributes=True)
    walks: list[WalkBody]
    photos: list[ParcelPhotoBody]


@router.get("/village/parcels/{parcel_id}/walks", response=WalksBody, summary="What was walked of a parcel")
def walks(request: HttpRequest, parcel_id: UUID) -> Any:
    """Read the corners that were walked of a parcel, and its photos. Needs the permission village.see."""
    return walks_of(caller_of(request), parcel_id=parcel_id)
