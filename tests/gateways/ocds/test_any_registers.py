"""Whatever acts write into the registers, what is published of it is sound by the official schema and by our check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.gateways.ocds.reading import record
from tianqu.base.errors import TianquError
from tianqu.base.identifiers import new_identifier
from tianqu.packs.village import acts
from tianqu.packs.village.registers.contracts import ContractTerms, Particulars
from tianqu.packs.village.rules.facts import Body, ContractKind, Instalment, LandClass, Resolution
from tianqu.packs.village.tests.villages import Villages

pytestmark = pytest.mark.django_db
SMALL, LARGE = st.integers(0, 10), st.integers(0, 10**15)
days = st.dates(date(1949, 10, 1), date(2199, 12, 31)) | st.dates(date(1985, 1, 1), date(1992, 1, 1))  # summer time
past = st.dates(date(1949, 10, 1), date(2026, 1, 1))
words = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=8)
resolutions = st.tuples(st.sampled_from(Body), past, SMALL, SMALL, SMALL).map(
    lambda told: Resolution(told[0], told[1], sum(told[2:]), told[2] + told[3], told[2])
)


@st.composite
def instalments(draw: Any) -> Instalment:
    """A rent that falls due, paid not at all, in part, or whole."""
    start = draw(st.dates(date(1949, 10, 1), date(2190, 1, 1)))
    due = draw(SMALL | LARGE)
    paid = draw(st.sampled_from([0, due // 2, due]))
    return Instalment(draw(days), due, start, start + timedelta(days=draw(st.integers(1, 3000))), paid)


@st.composite
def contracts(draw: Any) -> ContractTerms:
    """The terms of a contract, the odd ones too."""
    start = draw(st.dates(date(1949, 10, 1), date(2150, 1, 1)))
    until = draw(st.none() | st.integers(1, 15_000).map(lambda more: start + timedelta(days=more)))
    return ContractTerms(
        str(new_identifier()), draw(st.sampled_from(ContractKind)), draw(words), draw(past), start,
        draw(st.integers(1, 10) | st.integers(1, 10**15)), until, land_class=draw(st.sampled_from(LandClass)),
        lessor=draw(st.just("") | words), rent_year_fen=draw(st.none() | LARGE),
        instalments=tuple(draw(st.lists(instalments(), max_size=3))),
        particulars=Particulars(
            written=draw(st.booleans()), resolution=draw(st.none() | resolutions), use_agreed=draw(st.just("") | words),
            township_approved_on=draw(st.none() | past), resolution_reference=draw(st.just("") | words),
        ),
    )  # fmt: skip


def corrected(villages: Villages, contract_id: UUID, terms: ContractTerms) -> None:
    acts.correct_contract(villages.accountant, contract_id=contract_id, terms=replace(terms, number="n"))


def paid(villages: Villages, contract_id: UUID, terms: ContractTerms) -> None:
    whole = tuple(replace(one, paid_fen=one.amount_fen) for one in terms.instalments)
    acts.correct_contract(villages.accountant, contract_id=contract_id, terms=replace(terms, instalments=whole))


def ended(villages: Villages, contract_id: UUID, terms: ContractTerms) -> None:
    acts.end_contract(villages.accountant, contract_id=contract_id, on=timezone.localdate(), reason="终止")


def struck(villages: Villages, contract_id: UUID, terms: ContractTerms) -> None:
    acts.end_contract(
        villages.accountant, contract_id=contract_id, on=date(1950, 1, 1), reason="录错", in_error=True
    )  # fmt: skip


doings = st.lists(st.sampled_from([corrected, paid, ended, struck]), max_size=3)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(contracts(), contracts(), doings, st.integers(0, 2))
def test_what_is_published_is_sound(
    villages: Villages, first: ContractTerms, other: ContractTerms, doing: list[Callable[..., None]], parcels: int
) -> None:
    held = tuple(villages.parcel(str(new_identifier()), area) for area in (1, 10**15)[:parcels])
    contract_id = villages.contract(
        first.number, contract_id=new_identifier(), **fields_of(replace(first, parcel_ids=held))
    )
    for do in doing:
        try:
            do(villages, contract_id, replace(other if do is corrected else first, parcel_ids=held))
        except TianquError:
            continue  # what the register refuses is not published
    for actor in (None, villages.accountant):
        told = record(contract_id, actor)["records"][0]["releases"]
        assert len(told) in range(1, len(doing) + 2)
        assert len({one["id"] for one in told}) == len(told)


def fields_of(terms: ContractTerms) -> dict[str, Any]:
    return {name: getattr(terms, name) for name in ContractTerms.__dataclass_fields__ if name != "number"}
