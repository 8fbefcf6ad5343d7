"""The values that certain keywords of acts may have, so that the OpenAPI document says what the acts check.

Each table is asked by "act.keyword" (or "Dataclass.field", for what stands inside of a list) and then by the keyword
alone, where it means the same in every act.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import Field
from pydantic.json_schema import WithJsonSchema

from tianqu.base.quantities import UNITS
from tianqu.kernel.datasets.api import DOMAINS
from tianqu.kernel.ledgers.api import KIND as TRANSFER_KIND_PATTERN
from tianqu.kernel.ledgers.api import REFERENCE, Element, Outcome, PeriodState, Side
from tianqu.kernel.notices.api import Channel
from tianqu.kernel.occasions.api import CAUSES, DIRECTIONS, EVERY, PLACES_MAX, PRICE_MAX, TIMES_MAX
from tianqu.kernel.orders.api import (
    EXCLUSION_REASONS,
    OUTCOMES,
    RATES,
    REFUSAL_REASONS,
    SATISFACTIONS,
    TITLE_MAX,
    Audience,
    State,
)
from tianqu.kernel.places.api import CODE, KIND, LOGIN, NAME_LENGTH_MAX, UNIT_CODE
from tianqu.kernel.rosters.api import LIMITS as ROSTER_LIMITS
from tianqu.kernel.rosters.api import SHIFT_PLACES_MAX, WISHED_SHIFTS_MAX
from tianqu.web.api.values import Latitude, Longitude

URGENCIES: Final = ("none", "utilities", "danger")
IDENTITIES: Final = ("open", "sealed", "anonymous")
ASKERS: Final = ("resident", "firm")
# Of packs, which are not imported here; a test holds them to what the packs themselves say.
SERVICES: Final = (
    "theory", "culture", "aid", "health", "science", "law", "ecology", "traffic", "youth", "emergency", "other",
)  # fmt: skip
PROFILE: Final = {
    "skills": (
        "teaching", "caring", "medicine", "law", "repair", "cooking", "driving", "music", "sport", "computing",
        "gardening",
    ),
    "languages": ("zh", "en", "sign", "dialect", "other"),
    "times": ("weekday-day", "weekday-evening", "weekend-day", "weekend-evening"),
    "reach": ("village", "township", "county"),
}  # fmt: skip
VERSION_MAX: Final = 2**31 - 1
EXTENSION_MAX: Final = 1_000_000  # minutes; the item says how much less is allowed


def one_of(values: tuple[str, ...]) -> Any:
    """Return the type of exactly these texts."""
    return Literal[values]


def _values(enumeration: type[Enum]) -> tuple[str, ...]:
    return tuple(str(each.value) for each in enumeration)


def _like(pattern: str) -> Any:
    """Return the type of texts of which the whole is like ``pattern``."""
    return Annotated[str, Field(pattern=f"^(?:{pattern})$")]


def _between(least: int, *, most: int) -> Any:
    return Annotated[int, Field(ge=least, le=most)]


Urgency: Any = one_of(URGENCIES)
Identity: Any = one_of(IDENTITIES)
Asker: Any = one_of(ASKERS)
StateName: Any = one_of(_values(State))
# A number in digits, or none; a blank before or behind it is cut off, so none may be counted.
Phone: Any = _like(r"(?:\+?[0-9][0-9 ()-]{1,23}[0-9()-])?")

TRANSFER_KIND: Any = _like(TRANSFER_KIND_PATTERN.pattern)
REFERENCE_GIVEN: Any = _like(REFERENCE.pattern)
BOOK_CODE: Any = _like(r"[a-z0-9][a-z0-9._-]{0,79}")
ACCOUNT_CODE: Any = _like(r"[0-9A-Za-z][0-9A-Za-z._-]{0,39}")
LEDGER_CODE: Any = _like(r"[a-z][a-z0-9_]{0,39}")
CHART_CODE: Any = _like(r"[a-z0-9][a-z0-9._-]{0,59}")

DECLARED_CODE: Any = _like(r"[a-z0-9][a-z0-9-]{1,30}")
PROGRAMME_CODE: Any = _like(r"[a-z0-9][a-z0-9-]{2,79}")
TIME_OF_DAY: Any = _like(r"(?:[01]?[0-9]|2[0-3]):[0-5]?[0-9]")

# A name on one line, of characters that can be shown, and not blank.
_LINE: Final = r"[^\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]"
PersonName: Any = Annotated[str, Field(min_length=1, max_length=60, pattern=rf"^{_LINE}*{_LINE[:-1]}\s]{_LINE}*$")]

Seed: Any = Annotated[str, Field(min_length=1, max_length=100, pattern=rf"^{_LINE}*{_LINE[:-1]}\s]{_LINE}*$")]

# Of a measure, in its figure's own unit; a text of digits is taken too.
Target: Any = Annotated[
    Decimal, Field(ge=-(10**15), le=10**15), WithJsonSchema({"type": "number", "minimum": -(10**15), "maximum": 10**15})
]

# A GeoJSON polygon (RFC 7946); the act looks into its rings.
Boundary: Any = Annotated[
    dict[str, Any],
    WithJsonSchema(
        {
            "type": "object",
            "properties": {
                "type": {"enum": ["Polygon", "MultiPolygon"]}, "coordinates": {"type": "array", "minItems": 1},
            },
            "required": ["type", "coordinates"],
            "additionalProperties": False,
        }
    ),
]  # fmt: skip

# What a text, a number, an object or a list of texts may be.
CHOICES: Final[dict[str, Any]] = {
    "orders.refuse.reason_code": one_of(REFUSAL_REASONS),
    "orders.rate.satisfaction": one_of(SATISFACTIONS),
    "orders.call_back.satisfaction": one_of(("", *SATISFACTIONS)),
    "orders.call_back.outcome": one_of(OUTCOMES),
    "orders.exclude.rate": one_of(RATES),
    "orders.include.rate": one_of(RATES),
    "orders.exclude.reason": one_of(EXCLUSION_REASONS),
    "orders.extend.working_days": _between(1, most=EXTENSION_MAX),
    "orders.extend.minutes": _between(1, most=EXTENSION_MAX),
    "places.name_successors.kind": one_of(("merge", "split", "rename", "move")),
    "places.create_unit.code": _like(UNIT_CODE.pattern),
    "places.create_unit.kind": _like(KIND.pattern),
    "places.create_account.login": _like(LOGIN.pattern.replace("a-z", "A-Za-z")),
    "places.issue_token.scopes": _like(r"\*|[A-Za-z0-9*._]*[A-Za-z0-9][A-Za-z0-9*._]*"),
    "places.add_place.code": _like(CODE.pattern),
    "places.add_place.kind": _like(KIND.pattern),
    "places.move_place.code": _like(CODE.pattern),
    "PlacePart.code": _like(CODE.pattern),
    "notices.digest_hour.hour": _between(0, most=23),
    "calendars.override.hours": _like(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]-(?:[01][0-9]|2[0-4]):[0-5][0-9]"),
    "Rule.rank": _between(1, most=1_000),
    "Rule.version": _between(0, most=VERSION_MAX),
    "Condition.asker_kind": one_of(("", *ASKERS)),
    "Condition.urgency": one_of(("", *URGENCIES)),
    "ledgers.open_book.code": BOOK_CODE,
    "ledgers.open_account.code": ACCOUNT_CODE,
    "ledgers.open_account.parent_id": _between(1, most=2**53 - 1),
    "ledgers.publish_chart.code": CHART_CODE,
    "ledgers.resolve.outcome": one_of(_values(Outcome)),
    "ledgers.set_period.state": one_of(_values(PeriodState)),
    "NewLedger.code": LEDGER_CODE,
    "NewLedger.unit": one_of(tuple(UNITS)),
    "ChartLine.code": ACCOUNT_CODE,
    "ChartLine.parent": _like(r"(?:[0-9A-Za-z][0-9A-Za-z._-]{0,39})?"),
    "CodePair.from_code": ACCOUNT_CODE,
    "CodePair.to_code": ACCOUNT_CODE,
    "village.publish_wall.quarter": _like(r"(?:19[5-9][0-9]|20[0-9]{2}|21[0-9]{2})Q[1-4]"),
    "NewEffect.amount": _between(1, most=10**15),
    "NewEffect.book": _like(r"(?:[a-z0-9][a-z0-9._-]{0,79})?"),
    "NewEffect.debit": _like(r"(?:[0-9A-Za-z][0-9A-Za-z._-]{0,39})?"),
    "NewEffect.credit": _like(r"(?:[0-9A-Za-z][0-9A-Za-z._-]{0,39})?"),
    "village.announce_drawing.count": _between(1, most=1_000),
    "area_mu_4": _between(1, most=10**15),
    "measured_mu_4": _between(0, most=10**15),
    "rent_year_fen": _between(0, most=10**15),
    "amount_fen": _between(0, most=10**15),
    "settled_fen": _between(0, most=10**15),
    "paid_fen": _between(0, most=10**15),
    "receipts_fen": _between(0, most=10**15),
    "posted_fen": _between(0, most=10**15),
    "Resolution.entitled": _between(0, most=10_000_000),
    "Resolution.present": _between(0, most=10_000_000),
    "Resolution.agreed": _between(0, most=10_000_000),
    "MeetingFacts.entitled": _between(1, most=10_000_000),
    "MeetingFacts.present": _between(0, most=10_000_000),
    "MeetingFacts.agreed": _between(0, most=10_000_000),
    "RollFacts.names": PersonName,
    "VoucherLine.account_id": _between(1, most=2**53 - 1),
    "VoucherLine.debit_fen": _between(0, most=10**15),
    "VoucherLine.credit_fen": _between(0, most=10**15),
    "village.enter_voucher.amount_fen": _between(1, most=10**15),
    "village.enter_voucher.debit_account_id": _between(1, most=2**53 - 1),
    "village.enter_voucher.credit_account_id": _between(1, most=2**53 - 1),
    "village.draw_sample.count": _between(1, most=200),
    "village.draw_sample.seed": Seed,
    "Corner.lon_7": _between(-1_800_000_000, most=1_800_000_000),
    "Corner.lat_7": _between(-900_000_000, most=900_000_000),
    "Corner.accuracy_cm": _between(0, most=1_000_000),
    "returns.design_form.code": _like(r"[a-z][a-z0-9_]{0,39}"),
    "returns.design_form.expected_number": _between(0, most=VERSION_MAX),
    "returns.open_campaign.period": _like(r"[0-9]{4}(?:-[Qq][1-4]|-(?:0[1-9]|1[0-2]))?"),
    "returns.accept_filing.number": _between(1, most=VERSION_MAX),
    "FormColumn.decimals": _between(0, most=6),
    **{
        f"culture.{act}.{name}": DECLARED_CODE
        for act, name in (
            ("declare_troupe", "troupe"),
            ("declare_work", "work"),
            ("declare_contract", "troupe"),
            ("order_show", "work"),
            ("vote", "work"),
        )
    },
    "Priced.work": DECLARED_CODE,
    "Priced.price_fen": _between(1, most=100_000_000),
    "opendata.declare_system.system": DECLARED_CODE,
    "opendata.declare_system.domains": one_of(tuple(DOMAINS)),
    "Fed.dataset": Annotated[str, Field(min_length=1, max_length=100)],
    "culture.declare_work.kind": one_of(("show", "film", "class")),
    "culture.declare_work.genre": one_of(
        (
            "opera",
            "music",
            "dance",
            "storytelling",
            "acrobatics",
            "drama",
            "film",
            "craft",
            "calligraphy",
            "health",
            "other",
        )
    ),
    "culture.declare_work.stage": one_of(("stage", "hall", "square", "screen", "power", "tables")),
    "culture.declare_work.length_minutes": _between(1, most=600),
    "culture.declare_contract.rating_floor": _between(100, most=500),
    "culture.declare_contract.raters_least": _between(1, most=1_000),
    "culture.grant_budget.amount_fen": _between(1, most=100_000_000_000),
    "culture.cancel_show.cause": one_of(("weather", "troupe", "village", "budget", "other")),
    "tours.plan.budget_fen": _between(0, most=100_000_000_000),
    "tours.plan.fen_a_vote": _between(0, most=1_000_000),
    "tours.plan.unserved_fen": _between(0, most=100_000_000),
    "tours.plan.fen_a_minute": _between(0, most=100_000),
    "tours.plan.visits_a_day": _between(1, most=4),
    "tours.plan.opens": _between(60, most=1_439),
    "tours.plan.closes": _between(60, most=1_800),
    "tours.change.deed": one_of(("move", "swap", "drop", "add")),
    "tours.change.starts": _between(0, most=2_000),
    "tours.fall_out.cause": one_of(("weather", "carrier")),
    "occasions.announce.places": _between(1, most=PLACES_MAX),
    "occasions.announce.price_fen": _between(0, most=PRICE_MAX),
    "occasions.announce.times": _between(1, most=TIMES_MAX),
    "occasions.announce.every": one_of(EVERY),
    "occasions.cancel.cause": one_of(CAUSES),
    "occasions.check.direction": one_of(DIRECTIONS),
    **{f"rosters.plan.{name}": _between(least, most=most) for name, (least, most) in ROSTER_LIMITS.items()},
    "rosters.add_shifts.weekdays": _between(1, most=7),
    "rosters.add_shifts.starts": TIME_OF_DAY,
    "rosters.add_shifts.ends": TIME_OF_DAY,
    "ShiftNeed.places": _between(1, most=SHIFT_PLACES_MAX),
    "rosters.say_wishes.shifts_min": _between(0, most=WISHED_SHIFTS_MAX),
    "rosters.say_wishes.shifts_max": _between(0, most=WISHED_SHIFTS_MAX),
    "practice.declare_station.station": DECLARED_CODE,
    "practice.declare_team.team": DECLARED_CODE,
    "practice.declare_team.service": one_of(SERVICES),
    "practice.visit.direction": one_of(DIRECTIONS),
    **{
        f"practice.{act}.{name}": one_of(values)
        for act in ("keep_profile", "register_volunteer")
        for name, values in PROFILE.items()
    },
    "programme.plan_conference.code": PROGRAMME_CODE,
    **{f"programme.{act}.domain": PROGRAMME_CODE for act in ("plan_conference", "change_conference", "declare_domain")},
    **{
        f"programme.{act}.release_code": _like(r"(?:[a-z0-9][a-z0-9-]{2,79})?")
        for act in ("plan_conference", "change_conference")
    },
    "Measure.target": Target,
    "culture.rate_show.stars": _between(1, most=5),
    "culture.say_given.attendance": _between(1, most=100_000),
    "attendance": _between(0, most=100_000),
    "boundary": Boundary,
    "element": one_of(_values(Element)),
    "side": one_of(_values(Side)),
    "account_id": _between(1, most=2**53 - 1),
    "balance_min": _between(-(2**53 - 1), most=2**53 - 1),
    "balance_max": _between(-(2**53 - 1), most=2**53 - 1),
    "expected_version": _between(0, most=VERSION_MAX),
    "phone": Phone,
    "lon": Longitude,
    "lat": Latitude,
    "audience": one_of(_values(Audience)),
    "channel": one_of(_values(Channel)),
    "language": one_of(("zh-hans", "en")),
}
# How many characters a text may have; all others have room for an answer.
LENGTHS: Final[Mapping[str, int]] = {
    "views.save.name": 40,
    "views.save.page": 200,
    "views.save.query": 2_000,
    "places.appoint.title": NAME_LENGTH_MAX,
    "places.appoint.role": 100,
    "templates.save.title": TITLE_MAX,
    "templates.save.item_code": 100,
    "orders.publish.title": TITLE_MAX,
    "orders.split.item": 100,
    "orders.finish.evidence": 64,
    "notices.address.address": 500,
    "notices.prefer.code": 100,
    "rules.retire.code": 80,
    "Rule.code": 80,
    "Rule.unit_kind": 40,
    "Part.title": TITLE_MAX,
    "Part.item": 100,
    "PlacePart.children": 32,
    "Condition.item": 100,
    "Condition.family": 100,
    "Condition.place": 1_000,
    "Condition.words_any": 40,
    "Condition.words_all": 40,
    **{f"returns.{act}.note": 2_000 for act in ("open_campaign", "remind_units", "close_campaign")},
    **{f"returns.{act}_filing.reason": 2_000 for act in ("submit", "send_back", "extend")},
    "culture.declare_work.words": 2_000,
    "culture.declare_work.words_en": 2_000,
    "culture.declare_contract.number": 60,
    "culture.commit_show.contract": 60,
    "culture.hand_over_show.contract": 60,
    "culture.swap_shows.contract": 60,
    "culture.swap_shows.other_contract": 60,
    "tours.plan.name": 100,
    "tours.plan.kind": 40,
    **{f"tours.change.{name}": 80 for name in ("visit", "carrier", "other")},
    "tours.fall_out.carrier": 80,
    **{f"occasions.{act}_attendance.words": 500 for act in ("confirm", "refuse", "dispute", "reverse")},
    "occasions.admit.door": 40,
    "releases.sign.refused": 2_000,
    "practice.register_volunteer.reference": 40,
    "practice.strike_volunteer.reference": 40,
    **{f"practice.{name}.words": 500 for name in ("serve", "rule_service", "rate_asking")},
    "tours.fall_out.place": 80,
    "culture.grant_budget.purpose": 100,
    **{f"culture.{act}.note": 500 for act in ("order_show", "say_given", "confirm_show", "move_show")},
    **{f"culture.{act}.reason": 500 for act in ("settle_dispute", "pay_show", "refuse_payment", "cancel_show")},
    "FormCheck.rule": 300,
    "Explanation.text": 2_000,
    "village.open_finding.text": 2_000,
    "village.open_finding.rule": 40,
    "village.answer_finding.text": 2_000,
    "village.comment_finding.text": 2_000,
    "village.close_finding.note": 2_000,
    "village.confirm_finding.note": 2_000,
    "village.dismiss_finding.reason": 2_000,
    "village.send_back_finding.reason": 2_000,
    "village.reopen_finding.reason": 2_000,
    "village.extend_finding.reason": 2_000,
    "NewEffect.voucher": 60,
    "village.register_parcel.number": 40,
    "village.merge_parcels.number": 40,
    "village.walk_parcel.number": 40,
    "village.walk_parcel.name": 120,
    "village.walk_parcel.use": 120,
    "village.measure_parcel.reason": 500,
    "NewPart.number": 40,
    "ParcelLine.number": 40,
    "HoldingLine.number": 40,
    "village.register_holding.number": 40,
    "HoldingFacts.name": 120,
    "HoldingFacts.party": 120,
    "HoldingFacts.location": 120,
    "HoldingFacts.note": 500,
    "village.correct_holding.reason": 500,
    "village.end_holding.reason": 500,
    "village.publish_wall.reason": 300,
    "ContractLine.parcel_numbers": 40,
    "ContractLine.matter_number": 40,
    "ContractLine.end_reason": 500,
    "NewPart.name": 120,
    "ContractTerms.number": 40,
    "ContractTerms.lessee": 120,
    "ContractTerms.lessor": 120,
    "ParcelFacts.name": 120,
    "use": 120,
    "use_agreed": 120,
    "use_found": 120,
    "resolution_reference": 120,
    "village.register_parcel.reason": 500,
    "village.correct_parcel.reason": 500,
    "village.split_parcel.reason": 500,
    "village.merge_parcels.reason": 500,
    "village.strike_parcel.reason": 500,
    "village.end_contract.reason": 500,
    "village.take_scan_away.reason": 500,
    "MatterTerms.number": 40,
    "MatterTerms.title": 120,
    "MatterTerms.text": 2_000,
    "MeetingFacts.location": 120,
    "MeetingFacts.text": 2_000,
    "DisclosureFacts.location": 120,
    "DisclosureFacts.text": 2_000,
    "village.withdraw_matter.reason": 500,
    "village.strike_step.reason": 500,
    "village.erase_party.name": 120,
    "village.erase_party.reason": 500,
    "village.enter_voucher.purpose": 500,
    "village.enter_voucher.voucher": 60,
    "village.enter_compound_voucher.purpose": 500,
    "village.enter_compound_voucher.voucher": 60,
    "village.comment_review.text": 2_000,
    "village.ask_papers.text": 2_000,
    "village.give_papers.text": 2_000,
    "village.close_review.text": 2_000,
    "village.reopen_review.text": 2_000,
    "ledgers.resolve.reason": 500,
    "ledgers.reverse.purpose": 500,
    "ledgers.reverse.voucher": 60,
    "ledgers.publish_chart.title": 120,
    "ledgers.publish_chart.title_en": 120,
    "ledgers.publish_chart.basis": 500,
    "ledgers.publish_chart.source": 500,
    "ledgers.map_charts.basis": 500,
    "ledgers.open_book.name": 120,
    "ledgers.open_book.name_en": 120,
    "ledgers.open_account.name": 120,
    "ledgers.open_account.name_en": 120,
    "ChartLine.name": 120,
    "ChartLine.name_en": 120,
    "name": NAME_LENGTH_MAX,
    "name_en": NAME_LENGTH_MAX,
}
# How few and how many there may be in a list; texts in one of the dataclasses are not blank where none may be.
COUNTS: Final[Mapping[str, tuple[int, int]]] = {
    "orders.split.parts": (1, 10),
    "orders.finish.evidence": (0, 50),
    "orders.finish.files": (0, 50),
    "places.split_place.parts": (2, 500),
    "places.merge_places.place_ids": (1, 500),
    "places.name_successors.place_ids": (1, 500),
    "places.issue_token.scopes": (1, 100),
    "calendars.override.hours": (0, 12),
    "rules.publish.rules": (1, 5_000),
    "ledgers.open_book.ledgers": (1, 20),
    "ledgers.publish_chart.lines": (1, 5_000),
    "ledgers.map_charts.pairs": (1, 5_000),
    "village.answer_finding.evidence": (0, 20),
    "village.answer_finding.effects": (0, 50),
    "village.answer_finding.files": (0, 50),
    "village.comment_finding.files": (0, 50),
    "village.import_parcels.lines": (1, 500),
    "village.import_contracts.lines": (1, 50),
    "village.import_holdings.lines": (1, 500),
    "ContractLine.parcel_numbers": (0, 200),
    "village.split_parcel.parts": (2, 100),
    "village.walk_parcel.corners": (3, 200),
    "village.walk_parcel.files": (0, 20),
    "village.measure_parcel.corners": (3, 200),
    "village.measure_parcel.files": (0, 20),
    "village.merge_parcels.parcel_ids": (2, 100),
    "ContractTerms.parcel_ids": (0, 200),
    "ContractTerms.instalments": (0, 200),
    "RollFacts.names": (1, 5_000),
    "village.give_papers.files": (0, 20),
    "village.erase_party.contract_ids": (0, 200),
    "village.erase_party.holding_ids": (0, 200),
    "village.erase_party.transfer_ids": (0, 200),
    "village.erase_party.account_ids": (0, 200),
    "village.erase_party.finding_ids": (0, 200),
    "village.erase_party.roll_ids": (0, 200),
    "village.erase_party.matter_ids": (0, 200),
    "village.enter_voucher.files": (0, 20),
    "village.enter_compound_voucher.files": (0, 20),
    "village.enter_compound_voucher.lines": (2, 50),
    "village.enter_opening.lines": (2, 500),
    "village.add_papers.files": (0, 20),
    "village.attach_scans.files": (1, 20),
    "culture.declare_work.stage": (0, 6),
    "culture.declare_contract.offers": (0, 200),
    "opendata.declare_system.domains": (0, 19),
    "opendata.declare_system.datasets": (0, 200),
    "culture.say_given.files": (1, 5),
    "culture.confirm_show.files": (0, 5),
    "PlacePart.children": (0, 500),
    "Condition.words_any": (0, 50),
    "Condition.words_all": (0, 50),
    "occasions.confirm_attendance.booking_ids": (1, 500),
    "practice.name_goers.person_ids": (1, 50),
    "programme.declare_domain.tasks": (1, 100),
    "Task.measures": (1, 100),
    "programme.plan_conference.speakers": (1, 40),
    "programme.change_conference.speakers": (1, 40),
    "notice_ids": (0, 1_000),
}
# Lists in which nothing may stand twice; the acts refuse it.
DIFFERENT: Final = frozenset({"parcel_ids"})

Value = TypeVar("Value")


def asked_of(table: Mapping[str, Value], whole: str, default: Value) -> Value:
    """Return what a table says of "act.keyword", or of the keyword in every act."""
    return table.get(whole, table.get(whole.rpartition(".")[2], default))
