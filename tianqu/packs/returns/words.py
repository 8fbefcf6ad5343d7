"""Returns in words: what was computed, where a return stands, how its figures came to be, and periods."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final, Protocol

from django.utils import timezone
from django.utils.translation import get_language, gettext, gettext_noop, ngettext

from tianqu.kernel.orders.api import State
from tianqu.packs.returns.designing import ColumnKind, Design, FormColumn, Periodicity
from tianqu.packs.returns.estimating import Method
from tianqu.packs.returns.expressions import Outcome, Rule
from tianqu.packs.returns.filling import Failure
from tianqu.packs.returns.models import RevisionKind

STATES: Final = {
    State.DISPATCHED: gettext_noop("asked for"), State.ACCEPTED: gettext_noop("being filled in"),
    State.DONE: gettext_noop("filed"), State.CLOSED: gettext_noop("accepted"),
    State.REFUSED: gettext_noop("closed without a return"),
}  # fmt: skip
TONES: Final = {
    State.DISPATCHED: "open", State.ACCEPTED: "open", State.DONE: "waiting", State.CLOSED: "done",
    State.REFUSED: "quiet",
}  # fmt: skip
KINDS: Final = {
    RevisionKind.FILED: gettext_noop("filed"), RevisionKind.REVISED: gettext_noop("revised"),
    RevisionKind.ESTIMATED: gettext_noop("estimated"),
}  # fmt: skip
KIND_TONES: Final = {"filed": "done", "revised": "waiting", "estimated": "late"}
METHODS: Final = {
    Method.LAST_PERIOD: gettext_noop("the period before, unchanged"),
    Method.PEER_GROWTH: gettext_noop("the period before, with the growth of the other units"),
}  # fmt: skip
PERIODICITIES: Final = {
    Periodicity.MONTH: gettext_noop("every month"), Periodicity.QUARTER: gettext_noop("every quarter"),
    Periodicity.YEAR: gettext_noop("every year"),
}  # fmt: skip
COLUMN_KINDS: Final = {
    ColumnKind.DECIMAL: gettext_noop("number with decimals"), ColumnKind.INTEGER: gettext_noop("whole number"),
    ColumnKind.TEXT: gettext_noop("text"), ColumnKind.CHOICE: gettext_noop("one of a list"),
}  # fmt: skip
CLOCKS: Final = {
    "dispatch": gettext_noop("Sent to the unit"), "accept": gettext_noop("Received by the unit"),
    "finish": gettext_noop("Filed by the unit"), "inspect": gettext_noop("Decided by the office"),
}  # fmt: skip


class Titled(Protocol):
    """What has a title in both languages."""

    @property
    def title_zh(self) -> str: ...
    @property
    def title_en(self) -> str: ...


class Named(Protocol):
    """What has a Chinese name and may have an English one, such as a unit."""

    @property
    def name(self) -> str: ...
    @property
    def name_en(self) -> str: ...


def english() -> bool:
    """Whether the page is in English."""
    return (get_language() or "").startswith("en")


def titled(thing: Titled) -> str:
    """The title of a return, a column or a check in the language of the page."""
    return thing.title_en if english() else thing.title_zh


def named(thing: Named) -> str:
    """The name of a unit in the language of the page."""
    return thing.name_en if english() and thing.name_en else thing.name


def key_titled(design: Design) -> str:
    """What the key of a row is called."""
    return design.key_title_en if english() else design.key_title_zh


def unit_said(column: FormColumn) -> str:
    """The unit of a column in the language of the page."""
    return column.unit_en if english() else column.unit_zh


def value_said(column: FormColumn, value: int | str | None) -> str:
    """A value as people read it: 3,869,000.00; nothing is a dash."""
    if value is None:
        return "–"
    if column.numeric:
        return number_said(Decimal(value))
    if column.kind is ColumnKind.CHOICE:
        return next((titled(choice) for choice in column.choices if choice.code == value), str(value))
    return str(value)


def number_said(value: Decimal) -> str:
    """A number with its digits in threes, all of them."""
    return f"{value:,f}"


def failure_said(failure: Failure) -> str:
    """What was computed where a check fails, with the row: “exports + imports = total: 150.00 = 151.00”."""
    told = computed_said(failure.rule, failure.outcome)
    return f"{failure.key}: {told}" if failure.key else told


def computed_said(rule: Rule, outcome: Outcome) -> str:
    """The rule as it is written, and the numbers on both its sides, in signs that both languages read."""
    assert outcome.left is not None and outcome.right is not None, rule
    left, right = number_said(outcome.left), number_said(outcome.right)
    if rule.percent is None:
        return f"{rule.text} → {left} {rule.sign} {right}"
    difference = number_said(outcome.left - outcome.right)
    share = f" ({percent_of(outcome):+}%)" if outcome.right else ""
    return f"{right} → {left}, {difference}{share}, ±{rule.percent}%"


def percent_of(outcome: Outcome) -> Decimal:
    """By how many per cent the left side differs from the right, to one decimal."""
    assert outcome.left is not None and outcome.right
    return ((outcome.left - outcome.right) * 100 / abs(outcome.right)).quantize(Decimal("0.1"))


def state_said(state: str) -> str:
    """Where a return stands, in the language of the page."""
    return gettext(STATES[State(state)])


def kind_said(kind: str, method: str = "", /) -> str:
    """How figures came to be; an estimate names its method."""
    said = gettext(KINDS[RevisionKind(kind)])
    if not method:
        return said
    return gettext("%(kind)s: %(method)s") % {"kind": said, "method": gettext(METHODS[Method(method)])}


def days_said(days: int) -> str:
    """How many days there are until a day, or since it: "in 12 days", "3 days over"."""
    if days < 0:
        return ngettext("%(num)s day over", "%(num)s days over", -days) % {"num": -days}
    if days == 0:
        return gettext("today")
    return ngettext("in %(num)s day", "in %(num)s days", days) % {"num": days}


def template_words() -> dict[str, Any]:
    """What every template of the pack says things with."""
    return {
        "titled": titled, "named": named, "state_said": state_said, "state_tones": TONES, "kind_said": kind_said,
        "kind_tones": KIND_TONES, "days_said": lambda day: days_said((day - timezone.localdate()).days),
        "unit_said": unit_said, "value_said": value_said, "number_said": number_said,
    }  # fmt: skip


def listed(texts: Iterable[str]) -> str:
    """Several texts one after the other, with the comma of the page's language."""
    return (", " if english() else "、").join(texts)
