"""The form of a contract: its fields, and how what is typed becomes terms and terms become what is shown for typing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from tianqu.kernel.journal.api import Actor
from tianqu.packs.village.forms import (
    Field,
    area_given,
    chosen,
    count_given,
    day_given,
    day_or_none,
    said_mu,
    said_yuan,
    yuan_given,
)
from tianqu.packs.village.queries import ContractDetail, matters_numbered, parcels_numbered
from tianqu.packs.village.registers.contracts import ContractTerms, Particulars
from tianqu.packs.village.rules.facts import Body, ContractKind, LandClass, Resolution
from tianqu.packs.village.schedules import schedule_read, schedule_said
from tianqu.packs.village.tabular import numbers_typed
from tianqu.packs.village.words import BODIES, CLASSES, KINDS

YES_NO: Final = (("yes", _("Yes")), ("no", _("No")))
KNOWN: Final = {"yes": True, "no": False}
CHECKED: Final = ("written", "renewal", "lessee_outside", "sublet", "sublet_consent", "private_account")
DAYS: Final = ("household_until", "township_approved_on", "board_elected_on", "objected_on")
TEXTS: Final = ("use_agreed", "use_found", "resolution_reference")
THREE_WAYS: Final = ("bounds_written", "occupied")

FIELDS: Final = (
    Field("number", _("Register number"), hint=_("The village's own."), width="s"),
    Field("kind", _("Kind"), "select", options=[(each.value, _(title)) for each, title in KINDS.items()], width="m"),
    Field("lessee", _("Lessee")),
    Field("lessor", _("Lessor"), required=False, hint=_("Empty: the village.")),
    Field("parcels", _("Numbers of the parcels"), required=False, hint=_("As in the register of land, with commas "
                                                                         "between them.")),
    Field("land_class", _("Class"), "select", required=False, width="m",
          options=[(each.value, _(title)) for each, title in CLASSES.items()],
          hint=_("Empty: that of the parcels.")),
    Field("area", _("Area in mu"), width="s", hint=_("As the contract says.")),
    Field("signed_on", _("Signed on"), "date", width="s"),
    Field("starts_on", _("From"), "date", width="s"),
    Field("until", _("Until"), "date", required=False, width="s",
          hint=_("The first day on which it no longer holds. Empty: of no fixed term.")),
    Field("rent_year", _("Rent a year in yuan"), required=False, width="s"),
    Field("schedule", _("What falls due"), "area", required=False, rows=4,
          hint=_("A line for each rent: the day it is due, yuan, the first day that it pays for, the first that it "
                 "does not, and yuan paid before the village's book tells of it. For instance: 2026-01-01 5000 "
                 "2026-01-01 2027-01-01 5000")),
    Field("heading_resolution", _("Resolution of the village"), "heading"),
    Field("matter", _("Number of the matter"), required=False, width="s",
          hint=_("As in the register of meetings: then what was held there is the resolution, and the fields below "
                 "stay empty.")),
    Field("body", _("Who resolved"), "select", required=False, width="m",
          options=[(each.value, _(title)) for each, title in BODIES.items()],
          hint=_("Empty: nothing is known of one.")),
    Field("held_on", _("Held on"), "date", required=False, width="s"),
    Field("notice_on", _("Announced on"), "date", required=False, width="s"),
    Field("entitled", _("Entitled"), required=False, width="s"),
    Field("present", _("Present"), required=False, width="s"),
    Field("agreed", _("Agreed"), required=False, width="s"),
    Field("resolution_reference", _("Where it is filed"), required=False),
    Field("fold", _("What else is known"), "fold"),
    Field("written", _("It is in writing"), "checkbox", required=False),
    Field("renewal", _("It renews an earlier contract"), "checkbox", required=False),
    Field("lessee_outside", _("The lessee is from outside the collective"), "checkbox", required=False),
    Field("sublet", _("It was let on"), "checkbox", required=False),
    Field("sublet_consent", _("The village agreed to letting on"), "checkbox", required=False),
    Field("private_account", _("Rent went to a private account"), "checkbox", required=False),
    Field("bounds_written", _("Bounds, area, term and use are in the text"), "select", required=False, width="s",
          options=YES_NO),
    Field("occupied", _("The lessee is on the land, as last seen"), "select", required=False, width="s",
          options=YES_NO),
    Field("objected_on", _("The village objected to staying on"), "date", required=False, width="s"),
    Field("township_approved_on", _("The township approved on"), "date", required=False, width="s"),
    Field("board_elected_on", _("The board that signed was elected on"), "date", required=False, width="s"),
    Field("household_until", _("The household's own contract holds until"), "date", required=False, width="s"),
    Field("measured", _("Measured area in mu"), required=False, width="s"),
    Field("use_agreed", _("Use as agreed"), required=False, width="m"),
    Field("use_found", _("Use as found"), required=False, width="m"),
    Field("receipts", _("Received in yuan, by the receipts"), required=False, width="s"),
    Field("posted", _("Posted in yuan, by the books"), required=False, width="s"),
)  # fmt: skip


def end_fields() -> tuple[Field, ...]:
    """The fields for ending a contract."""
    return (
        Field("on", _("Ended on"), "date", width="s"),
        Field("reason", _("Why"), hint=_("It stays in the register; name nobody who need not be named.")),
        Field("in_error", _("It should never have been entered: strike it out"), "checkbox", required=False),
    )


def terms_given(actor: Actor, place_id: UUID, given: Mapping[str, str]) -> ContractTerms:
    """Read what a form says of a contract. Raises ``InvalidInput``, ``NotFound`` for an unknown parcel."""
    return ContractTerms(
        number=given["number"], kind=chosen(ContractKind, given, "kind"), lessee=given["lessee"],
        signed_on=day_given(given, "signed_on"), starts_on=day_given(given, "starts_on"),
        until=day_or_none(given, "until"), area_mu_4=area_given(given, "area"), lessor=given["lessor"],
        parcel_ids=tuple(
            parcels_numbered(actor, place_id=place_id, numbers=numbers_typed(given["parcels"]), field="parcels")
        ),
        land_class=chosen(LandClass, given, "land_class") if given["land_class"] else None,
        rent_year_fen=yuan_given(given, "rent_year"), instalments=schedule_read(given["schedule"], field="schedule"),
        particulars=_particulars(given),
        matter_id=matters_numbered(actor, place_id=place_id, number=given["matter"], field="matter")
        if given["matter"] else None,
    )  # fmt: skip


def _particulars(given: Mapping[str, str]) -> Particulars:
    told: dict[str, Any] = {name: given[name] == "on" for name in CHECKED}
    told |= {name: day_or_none(given, name) for name in DAYS}
    told |= {name: given[name] for name in TEXTS}
    told |= {name: KNOWN.get(given[name]) for name in THREE_WAYS}
    return Particulars(
        **told, measured_mu_4=area_given(given, "measured") if given["measured"] else None,
        receipts_fen=yuan_given(given, "receipts"), posted_fen=yuan_given(given, "posted"),
        resolution=_resolution(given),
    )  # fmt: skip


def _resolution(given: Mapping[str, str]) -> Resolution | None:
    if not given["body"]:
        return None
    return Resolution(
        chosen(Body, given, "body"), day_given(given, "held_on"), count_given(given, "entitled"),
        count_given(given, "present"), count_given(given, "agreed"), day_or_none(given, "notice_on"),
    )  # fmt: skip


def values_of(detail: ContractDetail) -> dict[str, str]:
    """Return the terms of a contract as its form shows them."""
    terms, told = detail.terms, detail.terms.particulars
    values = {
        "version": str(detail.row.version), "number": terms.number, "kind": terms.kind.value, "lessee": terms.lessee,
        "lessor": terms.lessor, "parcels": ", ".join(parcel.number for parcel in detail.parcels),
        "land_class": terms.land_class.value if terms.land_class else "", "area": said_mu(terms.area_mu_4),
        "signed_on": terms.signed_on.isoformat(), "starts_on": terms.starts_on.isoformat(),
        "until": terms.until.isoformat() if terms.until else "", "rent_year": said_yuan(terms.rent_year_fen),
        "schedule": schedule_said(terms.instalments),
        "measured": said_mu(told.measured_mu_4) if told.measured_mu_4 is not None else "",
        "receipts": said_yuan(told.receipts_fen), "posted": said_yuan(told.posted_fen),
        "matter": detail.matter.number if detail.matter is not None else "",
    }  # fmt: skip
    values |= {name: "on" if getattr(told, name) else "" for name in CHECKED}
    values |= {name: day.isoformat() if (day := getattr(told, name)) else "" for name in DAYS}
    values |= {name: getattr(told, name) for name in TEXTS}
    values |= {name: {True: "yes", False: "no", None: ""}[getattr(told, name)] for name in THREE_WAYS}
    if (resolution := told.resolution) is not None:
        values |= {
            "body": resolution.body.value, "held_on": resolution.held_on.isoformat(),
            "notice_on": resolution.notice_on.isoformat() if resolution.notice_on else "",
            "entitled": str(resolution.entitled), "present": str(resolution.present), "agreed": str(resolution.agreed),
        }  # fmt: skip
    return values
