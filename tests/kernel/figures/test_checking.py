"""Whole systems of printed figures: what is consistent holds, what is planted is found, named and proved."""

from __future__ import annotations

import random
from collections.abc import Mapping
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tianqu.kernel.figures.offline import (
    AtMost,
    Checked,
    Conflict,
    Difference,
    Each,
    Figure,
    Growth,
    Name,
    Order,
    Ratio,
    Relation,
    Same,
    Share,
    Streak,
    Sum,
    Verdict,
    check_figures,
    conflict_said,
    read_printed,
    unit_with,
)

F = Fraction


def figure(name: str, text: str = "", unit: str = "CNY", **more: str) -> Figure:
    printed = read_printed(text, unit=unit_with(unit)) if text else None
    return Figure(name, Name(name, name), printed.unit if printed else unit_with(unit), printed, **more)


def said(conflict: Conflict) -> str:
    return " ".join(each.said(str, chinese=False) for each in conflict_said(conflict))


def certified(conflict: Conflict) -> bool:
    """Multiply and add up, with nothing of the checker's own."""
    total: dict[int, F] = {}
    bound, strict = F(0), False
    for line in conflict.lines:
        row = conflict.system.rows[line.row]
        by = line.by if line.side == "high" else -line.by
        for variable, coefficient in row.terms:
            total[variable] = total.get(variable, F(0)) + by * coefficient
        end = row.span.high if line.side == "high" else row.span.low
        assert end is not None and line.by > 0
        bound += by * end
        strict |= row.span.high_open if line.side == "high" else row.span.low_open
    return not any(total.values()) and (bound < 0 or (strict and bound == 0))


def fits_by_itself(relation: Relation, values: Mapping[str, F]) -> bool:
    """Whether a relation holds of true values, by its meaning and not by its rows."""
    match relation:
        case Sum():
            return values[relation.whole] == sum(values[part] for part in relation.parts)
        case Share():
            return values[relation.part] == values[relation.whole] * values[relation.percent]
        case Growth():
            return values[relation.now] == values[relation.before] * (1 + values[relation.percent])
        case Difference():
            return values[relation.minuend] - values[relation.subtrahend] == values[relation.difference]
        case AtMost():
            return values[relation.figure] <= values[relation.limit]
    raise AssertionError(relation)


class Invented:
    """A bulletin with true values, printed with so many decimals."""

    def __init__(self, seed: int, decimals: int) -> None:
        self.chance, self.decimals = random.Random(seed), decimals
        self.true: dict[str, F] = {}
        self.relations: list[Relation] = []
        self.texts: dict[str, str] = {}

    def put(self, name: str, value: F, unit: str = "元", hidden: float = 0.15) -> str:
        self.true[name] = value / 100 if unit == "%" else value
        if unit == "%" or self.chance.random() > hidden:
            digits = round(value * 10**self.decimals)
            head, tail = divmod(abs(digits), 10**self.decimals)
            behind = f".{tail:0{self.decimals}}" if self.decimals else ""
            self.texts[name] = f"{'-' if digits < 0 else ''}{head}{behind}{unit}"
        return name

    def grow(self, count: int) -> None:
        for number in range(count):
            parts = tuple(
                self.put(f"p{number}.{part}", F(self.chance.randrange(1, 10**6), 97))
                for part in range(self.chance.randrange(2, 5))
            )
            total = sum((self.true[part] for part in parts), F(0))
            whole = self.put(f"w{number}", total)
            self.relations.append(Sum(id=f"sum{number}", whole=whole, parts=parts))
            now, before = self.true[parts[0]], F(self.chance.randrange(1, 10**6), 89)
            self.put(f"b{number}", before)
            percent = self.put(f"g{number}", (now / before - 1) * 100, "%")
            self.relations.append(Growth(id=f"growth{number}", now=parts[0], before=f"b{number}", percent=percent))
            rise = self.put(f"r{number}", now - before)
            self.relations.append(
                Difference(id=f"rise{number}", minuend=parts[0], subtrahend=f"b{number}", difference=rise)
            )
            self.relations.append(AtMost(id=f"most{number}", figure=parts[1], limit=whole))
            if number:
                percent = self.put(f"s{number}", total / self.true["w0"] * 100, "%")
                self.relations.append(Share(id=f"share{number}", part=whole, whole="w0", percent=percent))

    def checked(self) -> Checked:
        figures = [figure(name, self.texts.get(name, "")) for name in self.true if not name.startswith(("g", "s"))]
        rates = [figure(name, self.texts[name], "%") for name in self.true if name.startswith(("g", "s"))]
        return check_figures([*figures, *rates], self.relations)


@settings(max_examples=60)
@given(st.integers(0, 10**9), st.integers(0, 3), st.integers(1, 6))
def test_what_was_rounded_honestly_holds_with_a_witness(seed: int, decimals: int, count: int) -> None:
    made = Invented(seed, decimals)
    made.grow(count)
    checked = made.checked()
    assert checked.verdict == Verdict.HOLDS
    for component in checked.components:
        for each in component.figures:
            assert component.witness[each.id] in each.span
        assert all(fits_by_itself(relation, component.witness) for relation in component.relations)


@settings(max_examples=60)
@given(st.integers(0, 10**9), st.integers(1, 6), st.data())
def test_a_planted_conflict_is_found_and_proved(seed: int, count: int, data: st.DataObject) -> None:
    made = Invented(seed, 2)
    made.grow(count)
    number = data.draw(st.integers(0, count - 1))
    for name in (f"p{number}.0", f"b{number}", f"r{number}"):
        made.put(name, made.true[name], hidden=0)
    true = made.true[f"r{number}"]
    made.put(f"r{number}", true + data.draw(st.sampled_from([F(1, 5), F(-1, 5), F(1000), F(-77, 3)])), hidden=0)
    checked = made.checked()
    assert checked.verdict == Verdict.CANNOT_HOLD
    (first, *others) = checked.conflicts
    assert all(certified(each) for each in (first, *others))
    assert any(f"rise{number}" in {each.id for each in conflict.relations} for conflict in checked.conflicts)
    assert len(first.figures) <= 4
    assert first.smallest
    assert said(first).endswith("Both cannot be.")


PLATFORMS = [
    figure("platforms", "1,176", "count"), figure("firms", "864", "count"), figure("all", "", "count"),
    figure("platforms.share", "21.43%", "%"), figure("firms.share", "62%", "%"),
]  # fmt: skip
SHARES = [
    Share(id="a", part="platforms", whole="all", percent="platforms.share"),
    Share(id="b", part="firms", whole="all", percent="firms.share"),
]


def test_two_shares_of_a_whole_that_nobody_printed() -> None:
    (conflict,) = check_figures(PLATFORMS, SHARES).conflicts
    assert {each.id for each in conflict.figures} == {"platforms", "firms", "platforms.share", "firms.share"}
    assert conflict.smallest and certified(conflict)
    assert said(conflict) == (
        "platforms (1,176) are said to be 21.43% of all. So all would be at least 5,487."
        " firms (864) are said to be 62% of all. So all would be at most 1,404. Both cannot be."
    )


def test_two_conflicts_in_one_component_are_both_found() -> None:
    figures = [
        *PLATFORMS, figure("half", "700", "count"), figure("rest", "10", "count"), figure("double", "2,000", "count"),
    ]  # fmt: skip
    relations = [*SHARES, Sum(id="c", whole="double", parts=("half", "rest", "firms"))]
    conflicts = check_figures(figures, relations).conflicts
    assert [sorted(each.id for each in conflict.relations) for conflict in conflicts] in (
        [["a", "b"], ["c"]],
        [["c"], ["a", "b"]],
    )
    assert all(certified(each) and each.smallest for each in conflicts)


ONE_KIND: list[tuple[list[Figure], Relation, Verdict]] = [
    (
        [figure("a", "10.0元"), figure("b", "5.0元"), figure("c", "5.1元")],
        Sum(id="r", whole="a", parts=("b", "c")),
        Verdict.HOLDS,
    ),
    (
        [figure("a", "10.0元"), figure("b", "5.0元"), figure("c", "5.2元")],
        Sum(id="r", whole="a", parts=("b", "c")),
        Verdict.CANNOT_HOLD,
    ),
    (
        [figure("a", "10.0元"), figure("b", "5.0元"), figure("c", "5.2元")],
        Sum(id="r", whole="a", parts=("b", "c"), overlap=True),
        Verdict.HOLDS,
    ),
    (
        [figure("a", "10.0元"), figure("b", "5.0元"), figure("c", "5.2元")],
        Sum(id="r", whole="a", parts=("b", "c"), some=True),
        Verdict.CANNOT_HOLD,
    ),
    (
        [figure("a", "10.0元"), figure("b", "5.0元"), figure("c", "11.2元")],
        Sum(id="r", whole="a", parts=("b", "c"), some=True, overlap=True),
        Verdict.CANNOT_HOLD,
    ),
    (
        [figure("t", "1.28亿元"), figure("n", "26", "count"), figure("l", "不超过1000万元")],
        Each(id="r", total="t", number="n", at_most="l"),
        Verdict.HOLDS,
    ),
    (
        [figure("t", "2.7亿元"), figure("n", "26", "count"), figure("l", "不超过1000万元")],
        Each(id="r", total="t", number="n", at_most="l"),
        Verdict.CANNOT_HOLD,
    ),
    ([figure("a", "5.1元"), figure("b", "5.14元")], Same(id="r", same=("a", "b")), Verdict.HOLDS),
    ([figure("a", "5.1元"), figure("b", "5.16元")], Same(id="r", same=("a", "b")), Verdict.CANNOT_HOLD),
    (
        [figure("a", "5", "count"), figure("b", "5", "count")],
        Order(id="r", ranked=("a", "b"), top=True),
        Verdict.CANNOT_HOLD,
    ),
    (
        [figure("a", "5", "count"), figure("b", "5", "count")],
        Order(id="r", ranked=("a", "b"), ties=True),
        Verdict.HOLDS,
    ),
    (
        [figure("a", "61%", "%"), figure("b", "59%", "%"), figure("c", "60%", "%")],
        Streak(id="r", yearly=("a", "b"), above="c"),
        Verdict.CANNOT_HOLD,
    ),
    (
        [figure("a", "61%", "%"), figure("b", "63%", "%"), figure("c", "60%", "%")],
        Streak(id="r", yearly=("a", "b"), above="c", years=5),
        Verdict.CANNOT_BE_TESTED,
    ),
    (
        [figure("a", "100元"), figure("n", "8", "count"), figure("c", "12.5元")],
        Ratio(id="r", numerator="a", denominator="n", ratio="c"),
        Verdict.HOLDS,
    ),
    (
        [figure("a", "100元"), figure("n", "8", "count"), figure("c", "13.5元")],
        Ratio(id="r", numerator="a", denominator="n", ratio="c"),
        Verdict.CANNOT_HOLD,
    ),
    (
        [figure("a", "100元", prices="2015"), figure("b", "90元", prices="2020"), figure("g", "11%", "%")],
        Growth(id="r", now="a", before="b", percent="g"),
        Verdict.CANNOT_BE_TESTED,
    ),
    (
        [figure("a", "100元", scope="city"), figure("b", "190元", scope="province")],
        AtMost(id="r", figure="a", limit="b"),
        Verdict.CANNOT_BE_TESTED,
    ),
    (
        [figure("a", "100元", scope="city"), figure("b", "190元", scope="province")],
        AtMost(id="r", figure="a", limit="b", across=frozenset({"scope"})),
        Verdict.HOLDS,
    ),
    (
        [figure("a", "100元", as_of="2020-12"), figure("b", "190元", as_of="2020")],
        AtMost(id="r", figure="a", limit="b"),
        Verdict.HOLDS,
    ),
    (
        [figure("a", "100元", as_of="2019"), figure("b", "190元", as_of="2020")],
        AtMost(id="r", figure="a", limit="b"),
        Verdict.CANNOT_BE_TESTED,
    ),
]  # fmt: skip


@pytest.mark.parametrize(("figures", "relation", "verdict"), ONE_KIND)
def test_each_kind_of_relation(figures: list[Figure], relation: Relation, verdict: Verdict) -> None:
    checked = check_figures(figures, [relation])
    assert checked.verdict == verdict
    assert all(certified(each) and said(each).endswith("cannot be.") for each in checked.conflicts)
    for component in checked.components:
        assert all("%(" not in each.why.said(str, chinese=False) for each in component.untested)


def test_a_rate_that_stands_in_two_relations_is_one_rate() -> None:
    """Linear rows alone would let it be 9.5 % here and 10.5 % there."""
    figures = [
        figure("a", "105", "count"), figure("b", "1,000", "count"), figure("c", "95", "count"),
        figure("d", "1,000", "count"), figure("p", "10%", "%"),
    ]  # fmt: skip
    relations = [
        Share(id="one", part="a", whole="b", percent="p"),
        Share(id="two", part="c", whole="d", percent="p"),
    ]
    assert check_figures(figures, relations).verdict == Verdict.CANNOT_BE_TESTED
    loose = [figure("a", "100", "count"), *figures[1:2], figure("c", "100", "count"), *figures[3:]]
    (component,) = check_figures(loose, relations).components
    assert component.verdict == Verdict.HOLDS
    assert component.witness["p"] == F(1, 10)


def test_a_limit_that_is_itself_part_of_a_relation_is_one_amount() -> None:
    """Rows alone would let the limit be 10.5 for the loans and 9.5 beside the other limit."""
    figures = [
        figure("total", "105元"), figure("number", "10", "count"), figure("limit", "10元"), figure("other", "9.9元"),
    ]  # fmt: skip
    each = Each(id="each", total="total", number="number", at_most="limit")
    free = check_figures(figures, [each])
    assert free.verdict == Verdict.HOLDS
    (component,) = free.components
    assert component.witness["total"] <= component.witness["number"] * component.witness["limit"]
    bound = check_figures(figures, [each, AtMost(id="most", figure="limit", limit="other")])
    assert bound.verdict == Verdict.CANNOT_BE_TESTED
    loose = check_figures(figures, [each, AtMost(id="most", figure="other", limit="limit")])
    assert loose.verdict in (Verdict.HOLDS, Verdict.CANNOT_BE_TESTED)


def test_relations_without_any_printed_amount_can_contradict_each_other() -> None:
    figures = [figure("a"), figure("b"), figure("p", "20%", "%"), figure("q", "30%", "%")]
    relations = [Share(id="one", part="a", whole="b", percent="p"), Share(id="two", part="a", whole="b", percent="q")]
    (conflict,) = check_figures(figures, relations).conflicts
    assert certified(conflict)
    assert said(conflict).endswith("can be.") or said(conflict).endswith("cannot be.")


def test_what_takes_too_much_work_cannot_be_tested() -> None:
    made = Invented(7, 2)
    made.grow(6)
    figures = [figure(name, text, "%" if "%" in text else "CNY") for name, text in made.texts.items()]
    known = {each.id for each in figures}
    figures += [figure(name) for name in made.true if name not in known]
    checked = check_figures(figures, made.relations, work_max=20)
    assert checked.verdict == Verdict.CANNOT_BE_TESTED
    assert any(each.why is not None for each in checked.components)


def test_without_relations_nothing_is_tested() -> None:
    checked = check_figures([figure("a", "1元")], [])
    assert (checked.verdict, len(checked.alone)) == (Verdict.CANNOT_BE_TESTED, 1)
