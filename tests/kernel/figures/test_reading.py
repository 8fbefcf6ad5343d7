"""Files of figures and relations: what is wrong is said with its line, field, value and remedy, and costs little."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tianqu.base.errors import InvalidInput, InvalidInputs, TianquError, TooLarge
from tianqu.kernel.figures.offline import Bulletin, FileFault, read_bulletin, read_file

GOOD = """\
title: {zh: 例, en: example}
figures:
  - {id: whole, printed: 10.0亿元}
  - {id: one, name: the first part, printed: 6.1亿元, as_of: 2020, scope: city, prices: current, note: as read out}
  - {id: two, printed: over 3 billion yuan, high: 40亿元}
  - {id: three, unit: CNY}
  - {id: rate, printed: 62%, rounding: cut}
  - {id: firms, printed: "2,200 employers", unit: count, step: 100}
relations:
  - sum: {whole: whole, parts: [one, two, three]}
  - id: named
    share: {part: one, whole: whole, percent: rate}
    across: [scope, as_of]
    note: as was explained
"""


def read(text: str) -> Bulletin:
    return read_bulletin(text.encode(), name="f.yaml")


def faults(text: str) -> list[InvalidInput]:
    with pytest.raises(InvalidInputs) as refused:
        read(text)
    return refused.value.errors


def test_a_file_is_read() -> None:
    bulletin = read(GOOD)
    figures = {figure.id: figure for figure in bulletin.figures}
    assert [relation.id for relation in bulletin.relations] == ["sum@10", "named"]
    assert bulletin.relations[1].across == {"scope", "as_of"}
    assert (figures["one"].as_of, figures["one"].scope, figures["one"].name.en) == ("2020", "city", "the first part")
    assert (figures["two"].span.low, figures["two"].span.high) == (3 * 10**9, 4 * 10**9)
    assert figures["rate"].span.high_open
    assert figures["three"].printed is None
    assert (figures["firms"].span.low, figures["firms"].span.high) == (2150, 2250)
    assert bulletin.title.zh == "例"


def test_a_way_of_rounding_for_the_whole_file_leaves_full_counts_exact() -> None:
    bulletin = read("rounding: cut\nfigures: [{id: a, printed: 8.1亿元}, {id: b, printed: 12}]\n")
    assert bulletin.figures[0].span.low == 810_000_000
    assert bulletin.figures[1].span.exact


BAD = [
    ("figures: [{id: a, printed: 5}, {id: a, printed: 6}]", "id", 1, "a"),
    ("figures:\n  - {id: a, printed: 5 parsecs}", "printed", 2, "5 parsecs"),
    ("figures:\n  - {id: a, printed: 1e999999}", "printed", 2, "1e999999"),
    ("figures:\n  - {id: a, printed: .inf}", "printed", 2, ".inf"),
    ("figures:\n  - {id: a, printed: .nan}", "printed", 2, ".nan"),
    ("figures:\n  - {id: A b, printed: 5}", "id", 2, "A b"),
    ("figures:\n  - {id: a, printd: 5}", "printd", 2, "printd"),
    ("figures:\n  - {id: a, printed: 5, unit: furlong}", "unit", 2, "furlong"),
    ("figures:\n  - {id: a, printed: 5, rounding: down}", "rounding", 2, "down"),
    ("figures:\n  - {id: a, printed: 5, low: 7, high: 6}", "low", 2, ""),
    ("figures:\n  - {id: a, low: 7}", "printed", 2, ""),
    ("figures:\n  - {id: a, printed: 5亩, unit: CNY}", "unit", 2, "5亩"),
    ("figures: 5", "figures", 1, ""),
    ("figures: []", "figures", 1, ""),
    ("", "figures", 1, ""),
    ("[1, 2]", "", 1, None),
    ("figures: [{id: a, printed: 5}]\nrelation: []", "relation", 2, "relation"),
    ("figures: [{id: a, printed: 5}]\nrelations:\n  - {summe: {}}", "summe", 3, "summe"),
    ("figures: [{id: a, printed: 5}]\nrelations:\n  - {note: x}", "relations", 3, ""),
    ("figures: [{id: a, printed: 5}]\nrelations:\n  - same: {figures: [a, b]}", "same", 3, "b"),
    ("figures: [{id: a, printed: 5}]\nrelations:\n  - same: {figures: [a, a]}", "same", 3, "a"),
    ("figures: [{id: a, printed: 5}]\nrelations:\n  - same: {figures: [a]}", "same", 3, ""),
    ("figures: [{id: a, printed: 5}]\nrelations:\n  - sum: {whole: a, parts: [a]}", "sum", 3, "a"),
    ("figures: [{id: a, printed: 5}]\nrelations:\n  - sum: {whole: a}", "sum", 3, ""),
    (
        "figures: [{id: a, printed: 5}]\nrelations:\n  - sum: {whole: a, parts: [b], some: perhaps}",
        "some", 3, "perhaps",
    ),
    (
        "figures: [{id: a, printed: 5}, {id: b, printed: 5亩}]\nrelations:\n  - part_of: {part: a, whole: b}",
        "unit", 3, "part_of@3",
    ),
    (
        "figures: [{id: a, printed: 5}, {id: b, printed: 5}, {id: p, unit: '%'}]\nrelations:\n"
        "  - share: {part: a, whole: b, percent: p}",
        "share", 3, "p",
    ),
    (
        "figures: [{id: a, printed: 5}, {id: b, printed: 5}, {id: p, printed: 2个百分点}]\nrelations:\n"
        "  - growth: {now: a, before: b, percent: p}",
        "unit", 3, "growth@3",
    ),
    (
        "figures: [{id: a, printed: 5}, {id: b, printed: 5}]\nrelations:\n"
        "  - part_of: {part: a, whole: b}\n    across: [taste]",
        "across", 4, "taste",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "field", "line", "value"), BAD)
def test_a_fault_has_its_line_field_value_and_remedy(text: str, field: str, line: int, value: str | None) -> None:
    fault = next(each for each in faults(text) if isinstance(each, FileFault) and each.field == field)
    assert (fault.line, fault.value) == (line, value)
    assert fault.remedy
    assert "%(" not in str(fault)


def test_all_faults_are_told_up_to_a_limit() -> None:
    assert len(faults("figures: [{id: A}, {id: b, printed: x}, {id: c, unit: z}]")) == 3
    many = "figures:\n" + "".join(f"  - {{id: a{number}, printed: x}}\n" for number in range(500))
    assert len(faults(many)) == 20


@pytest.mark.parametrize(
    "text",
    [
        "a: &x [1]\nb: *x",
        "figures: &f []",
        "a: !!python/object/apply:os.system [ls]",
        "figures: [{id: a, printed: !!float 5}]",
        "a: 1\na: 2",
        "? [a]\n: 1",
        "---\na: 1\n---\nb: 1",
        "[" * 50 + "]" * 50,
        "a: [",
        "\x00",
        "a: " + "x" * 5000,
    ],
)
def test_yaml_that_could_grow_or_act_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read(text)
    assert refused.value.remedy and "%(" not in str(refused.value)


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(InvalidInput):
        read_bulletin(b"figures: \xff\xfe", name="f")


def test_billions_of_laughs_and_deep_nesting_cost_nothing() -> None:
    begun = time.process_time()
    laughs = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 60))
    for text in (laughs, "[" * 400_000, "{a: " * 100_000):
        with pytest.raises(InvalidInput):
            read(text)
    assert time.process_time() - begun < 5


def test_a_file_of_100_megabytes_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    with path.open("wb") as file:
        file.truncate(100_000_000)
    begun = time.process_time()
    with pytest.raises(TooLarge, match=r"large\.yaml"):
        read_file(path)
    assert time.process_time() - begun < 1


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"none\.yaml"):
        read_file(tmp_path / "none.yaml")


@given(st.text(max_size=200) | st.text(alphabet="figures: [{id,a}]\n-&*!5%亿", max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        read_bulletin(text.encode("utf-8", "surrogatepass"), name="f")
    except TianquError as error:
        assert str(error)
