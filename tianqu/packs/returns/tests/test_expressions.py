"""The language of checks: what it computes is what Python's own Decimals compute, and nothing else gets through."""

from __future__ import annotations

from decimal import Context, Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tianqu.base.errors import InvalidInput
from tianqu.packs.returns.expressions import Cell, outcome_of, parse_rule

NAMES = ("a", "b_1", "total")
WIDE = Context(prec=5_000)
numbers = st.decimals(min_value=-(10**9), max_value=10**9, places=4, allow_nan=False)
texts = st.one_of(
    st.sampled_from(NAMES), st.sampled_from([f"last.{name}" for name in NAMES]),
    st.sampled_from([f"sum({name})" for name in NAMES]),
    st.decimals(min_value=0, max_value=10**6, places=3).map(lambda number: f"{number:f}"),
)  # fmt: skip
sides = st.recursive(
    texts,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*"]), inner).map(lambda one: f"({one[0]} {one[1]} {one[2]})"),
        st.tuples(inner, st.sampled_from(["+", "-", "*"]), inner).map(" ".join), inner.map(lambda one: f"-({one})"),
        inner.map(lambda one: f"abs({one})"),
    ),
    max_leaves=8,
)  # fmt: skip
SIGNS = {"=": "__eq__", "!=": "__ne__", "<": "__lt__", "<=": "__le__", ">": "__gt__", ">=": "__ge__"}


class Exactly:
    """A Decimal whose every operation is exact, for Python's own parser to compute with."""

    def __init__(self, value: Decimal) -> None:
        self.value = value

    def __add__(self, other: Exactly) -> Exactly:
        return Exactly(WIDE.add(self.value, other.value))

    def __sub__(self, other: Exactly) -> Exactly:
        return Exactly(WIDE.subtract(self.value, other.value))

    def __mul__(self, other: Exactly) -> Exactly:
        return Exactly(WIDE.multiply(self.value, other.value))

    def __neg__(self) -> Exactly:
        return Exactly(WIDE.minus(self.value))

    def __abs__(self) -> Exactly:
        return Exactly(WIDE.abs(self.value))


def by_python(text: str, values: dict[Cell, Decimal]) -> Decimal:
    """The same text, computed by Python: an independent reading of the same grammar."""

    class Last:
        def __getattr__(self, name: str) -> Exactly:
            return Exactly(values[Cell(name, last=True)])

    import re

    spelled = re.sub(r"(?<![a-z_0-9.])([0-9]+(?:\.[0-9]+)?)", r'N("\1")', text)
    spelled = re.sub(r"sum\(([a-z_0-9]+)\)", r'S("\1")', spelled)
    known: dict[str, Any] = {name: Exactly(values[Cell(name)]) for name in NAMES}
    known |= {"last": Last(), "abs": abs, "N": lambda said: Exactly(Decimal(said)),
              "S": lambda name: Exactly(values[Cell(name, whole=True)]), "__builtins__": {}}  # fmt: skip
    return eval(spelled, known).value


@given(left=sides, right=sides, sign=st.sampled_from(list(SIGNS)), data=st.data())
def test_what_is_computed_is_what_python_computes(left: str, right: str, sign: str, data: Any) -> None:
    text = f"{left} {sign} {right}"
    if len(text) > 300:
        return
    cells = [Cell(name, last, whole) for name in NAMES for last, whole in ((False, False), (True, False),
                                                                          (False, True))]  # fmt: skip
    values = {cell: data.draw(numbers) for cell in cells}
    try:
        rule = parse_rule(text, names=NAMES)
    except InvalidInput:
        assert text.count("(") > 15  # only what is nested too deep is refused
        return
    outcome = outcome_of(rule, lambda cell: values[cell])
    ours, theirs = by_python(left, values), by_python(right, values)
    assert (outcome.left, outcome.right) == (ours, theirs)
    assert outcome.holds is getattr(ours, SIGNS[sign])(theirs)


@given(now=numbers, before=numbers, percent=st.decimals(min_value=0, max_value=500, places=2))
def test_a_change_is_within_its_bounds(now: Decimal, before: Decimal, percent: Decimal) -> None:
    rule = parse_rule(f"within(total, {percent:f})", names=NAMES)
    holds = outcome_of(rule, {Cell("total"): now, Cell("total", last=True): before}.get).holds
    low, high = before - abs(before) * percent / 100, before + abs(before) * percent / 100
    assert holds is (low <= now <= high)


def test_a_cell_without_a_value_leaves_a_check_unasked() -> None:
    outcome = outcome_of(parse_rule("a + last.b_1 = total", names=NAMES), {Cell("a"): Decimal(1)}.get)
    assert outcome.holds is None and outcome.missing == (Cell("b_1", last=True), Cell("total"))


def test_full_width_signs_are_plain_ones() -> None:
    assert outcome_of(parse_rule("ａ ≤ ２×total", names=NAMES), lambda _cell: Decimal(1)).holds is True


@pytest.mark.parametrize(
    "text",
    [
        "", "a", "a = ", "= a", "a == b_1", "a = b_1 = total", "a / total = 1", "a ** 2 = 1", "__import__('os') = 1",
        "a.real = 1", "exec(a) = 1", "sum(a + b_1) = 1", "sum(1) = 1", "last = 1", "last.last = 1", "last.nothing = 1",
        "within(a) ", "within(1, a)", "within(last.a, 3)", "within(a, -3)", "a = 1e5", "a = 1_000", "a = 1.", "a = .5",
        "(" * 30 + "a" + ")" * 30 + " = 1", "-" * 30 + "a = 1", "a = 1" + " + 1" * 70, "a" * 301, "a = \x00", "a = 1;b",
    ],
)  # fmt: skip
def test_what_is_no_check_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as error:
        parse_rule(text, names=NAMES, field="here")
    assert error.value.field == "here" and str(error.value)


def test_the_widest_product_is_exact() -> None:
    text = "a * " * 20 + "a > 0"
    value = Decimal("999999999999999.999999")
    assert outcome_of(parse_rule(text, names=NAMES), lambda _cell: value).left == WIDE.power(value, 21)
