"""The pack's part of the API: the rules, and judging contracts that a program sends along."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Final

from django.http import HttpRequest
from ninja import Router
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StringConstraints,
    ValidationInfo,
    model_validator,
)

from tianqu.base.errors import InvalidInput, _
from tianqu.base.moments import written_day
from tianqu.packs.village.judging import current_policy, finding_document, policy_lines, rule_documents
from tianqu.packs.village.registers.refusals import check_day
from tianqu.packs.village.rules.catalogue import judge_all
from tianqu.packs.village.rules.facts import Body, ContractFacts, ContractKind, Instalment, LandClass, Resolution
from tianqu.packs.village.rules.peers import Peers

router = Router(tags=["village"])
CONTRACTS_MAX: Final = 1_000
INSTALMENTS_MAX: Final = 100
AMOUNT_MAX: Final = 10**15


def _in_this_age(day: date, told: ValidationInfo) -> date:
    check_day(day, field=told.field_name or "")
    return day


def _whole(value: Any) -> Any:
    """Let 2.0 pass for 2, as JSON Schema does."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


AnyDay = Annotated[date, BeforeValidator(written_day)]
Day = Annotated[AnyDay, AfterValidator(_in_this_age)]
Amount = Annotated[int, Field(ge=0, le=AMOUNT_MAX, strict=True), BeforeValidator(_whole)]
Area = Annotated[int, Field(ge=1, le=AMOUNT_MAX, strict=True, description="In 0.0001 mu."), BeforeValidator(_whole)]
Count = Annotated[int, Field(ge=0, le=10_000_000, strict=True), BeforeValidator(_whole)]
Word = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f]*$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]*$")]
FORBIDDEN: Final = ConfigDict(extra="forbid")


class JudgedResolutionBody(BaseModel):
    """How a contract was resolved on."""

    model_config = FORBIDDEN
    body: Body
    held_on: Day
    entitled: Count
    present: Count
    agreed: Count
    notice_on: Day | None = None

    @model_validator(mode="after")
    def counts_fit(self) -> JudgedResolutionBody:
        """Nobody agrees who was not there, and nobody is there who may not be."""
        if not self.agreed <= self.present <= self.entitled:
            raise InvalidInput(
                _("Nobody agrees who was not there, and nobody is there who may not be."), field="agreed",
                value=f"{self.agreed}/{self.present}/{self.entitled}",
                remedy=_("Give who were entitled, of them who were present, and of them who agreed."),
            )  # fmt: skip
        return self


class JudgedInstalmentBody(BaseModel):
    """A rent that falls due."""

    model_config = FORBIDDEN
    due_on: Day
    amount_fen: Amount
    covers_from: Day
    covers_until: Annotated[Day, Field(description="The first day that it does not pay for.")]
    paid_fen: Amount = 0

    @model_validator(mode="after")
    def days_fit(self) -> JudgedInstalmentBody:
        """It pays for a span that begins before it ends."""
        if self.covers_from >= self.covers_until:
            raise InvalidInput(
                _("An instalment pays for days that begin before they end."), field="covers_until",
                value=self.covers_until.isoformat(), remedy=_("Give the first day that it does not pay for."),
            )  # fmt: skip
        return self


class JudgedContractBody(BaseModel):
    """A contract as it is judged. What is left out is not known, and no rule takes it for a no."""

    model_config = FORBIDDEN
    id: Name
    kind: ContractKind
    land_class: LandClass
    parcel: Name
    peer_place: Annotated[Name, Field(description="The place within which rents are compared.")]
    signed_on: Day
    starts_on: Day
    until: Annotated[Day | None, Field(description="The first day on which it no longer holds.")] = None
    area_mu_4: Area
    written: StrictBool = True
    scanned: Annotated[StrictBool | None, Field(description="Whether a scan of it is in the register.")] = None
    rent_year_fen: Amount | None = None
    instalments: Annotated[list[JudgedInstalmentBody], Field(max_length=INSTALMENTS_MAX)] = []
    renewal: StrictBool = False
    measured_mu_4: Area | None = None
    household_until: Day | None = None
    lessee_outside: StrictBool = False
    resolution: JudgedResolutionBody | None = None
    township_approved_on: Day | None = None
    bounds_written: StrictBool | None = None
    board_elected_on: Day | None = None
    occupied: StrictBool | None = None
    objected_on: Day | None = None
    use_agreed: Word = ""
    use_found: Word = ""
    sublet: StrictBool = False
    sublet_consent: StrictBool = False
    receipts_fen: Amount | None = None
    posted_fen: Amount | None = None
    private_account: StrictBool = False

    @model_validator(mode="after")
    def days_fit(self) -> JudgedContractBody:
        """It begins before it ends."""
        if self.until is not None and self.starts_on >= self.until:
            raise InvalidInput(
                _("A contract ends after it starts."), field="until", value=self.until.isoformat(),
                remedy=_("Give the first day on which it no longer holds."),
            )  # fmt: skip
        return self

    def facts(self) -> ContractFacts:
        """The same, as the rules take it."""
        simple = {name: getattr(self, name) for name in ContractFacts.__dataclass_fields__}
        resolution = Resolution(**dict(self.resolution)) if self.resolution else None
        return ContractFacts(
            **simple
            | {"resolution": resolution, "instalments": tuple(Instalment(**dict(one)) for one in self.instalments)}
        )


class JudgementBody(BaseModel):
    """Contracts to be judged; they are each other's peers."""

    model_config = FORBIDDEN
    on: Annotated[Day, Field(description="The day on which they are judged.")]
    contracts: Annotated[list[JudgedContractBody], Field(min_length=1, max_length=CONTRACTS_MAX)]

    @model_validator(mode="after")
    def identifiers_differ(self) -> JudgementBody:
        """Findings name contracts by their identifiers."""
        if len({contract.id for contract in self.contracts}) < len(self.contracts):
            raise InvalidInput(
                _("Two contracts have one identifier."), field="contracts", remedy=_("Give each its own."),
            )  # fmt: skip
        return self


class Said(BaseModel):
    """A text in both languages."""

    zh: str
    en: str


class VersionRow(BaseModel):
    """A version of a rule: a statute, or a policy default of this installation, and when it was in force."""

    source: str
    basis: Said
    since: date | None
    until: date | None
    limits: dict[str, int]


class RuleRow(BaseModel):
    """A rule with its versions."""

    code: str
    name: Said
    asks: Said
    kinds: list[str]
    versions: list[VersionRow]


class PolicyRow(BaseModel):
    """A number that no law sets, here and by default."""

    name: str
    value: int
    default: int


class VillageRuleList(BaseModel):
    """Every rule, and the policy of this installation."""

    rules: list[RuleRow]
    policy: list[PolicyRow]


class FindingRow(BaseModel):
    """What a rule found in a contract, with the version in force on the day of signing and the numbers computed."""

    rule: str
    contract_id: str
    verdict: str
    severity: str
    version: VersionRow
    sentence: Said
    numbers: dict[str, int | str]


@router.get("/village/rules", response=VillageRuleList, summary="The rules for village contracts")
def rules(request: HttpRequest) -> Any:
    """Read every rule with its basis and dates, and the policy of this installation."""
    lines = [{"name": one.name, "value": one.value, "default": one.default} for one in policy_lines()]
    return {"rules": rule_documents(), "policy": lines}


@router.post("/village/judgements", response=list[FindingRow], summary="Judge contracts that you send")
def judgements(request: HttpRequest, body: JudgementBody) -> Any:
    """Judge contracts by the law on the day each was signed. Nothing is kept; rents are compared among what is sent."""
    facts = [contract.facts() for contract in body.contracts]
    found = judge_all(facts, peers=Peers(facts), policy=current_policy(), today=body.on)
    return [finding_document(finding) for finding in found]
