"""Item definitions from files: the documented example holds, and every fault is found with file, line and field."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import pytest

from tianqu.base.errors import InvalidInputs
from tianqu.base.working_time import Duration
from tianqu.kernel.orders.clocks import CLOCK_KINDS, default_duration
from tianqu.kernel.orders.items import definition_from, load_items

DOCUMENT = Path(__file__).parents[2] / "docs" / "items.md"
MINIMAL = """\
code: lamp.out
valid_from: 2024-01-01
family: resident
group: Lamps
name: {zh: 路灯不亮, en: Lamp out}
summary: {zh: 路灯不亮。, en: A street lamp is out.}
answerable: {unit_kind: lamps, jurisdiction: county}
steps:
  - {code: mend, by: unit, name: Mended}
"""


@pytest.fixture
def example() -> str:
    found = re.search(r"```yaml\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    assert found
    return found[1].replace("https://…", "https://www.gov.cn/")


def faults(folder: Path, text: str) -> list[str]:
    (folder / "a.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInputs) as error:
        load_items(folder)
    return [str(each) for each in error.value.errors]


def test_the_documented_example_is_an_item(tmp_path: Path, example: str) -> None:
    (tmp_path / "a.yaml").write_text(example, encoding="utf-8")
    [item] = load_items(tmp_path)
    assert item.code == "water.no-supply"
    assert item.duration("accept") == Duration(1, "working_days")
    assert item.duration("dispatch") == Duration(15, "minutes")
    assert item.name.said("zh-hans") == "停水"
    stored = json.loads(json.dumps(item.as_json()))
    assert definition_from(stored, valid_from=item.valid_from) == item


def test_the_documented_defaults_are_the_defaults() -> None:
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", DOCUMENT.read_text(), re.M)
    documented = {kind: durations for kind, *durations in rows}
    assert set(documented) == set(CLOCK_KINDS)
    for kind, durations in documented.items():
        said = [str(default_duration(kind, urgency=urgency)) for urgency in ("none", "utilities", "danger")]
        singular = [re.sub(r"\b1 (.*)s$", r"1 \1", each) for each in said]
        assert singular == durations, kind


def test_a_short_definition_is_enough(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(MINIMAL, encoding="utf-8")
    [item] = load_items(tmp_path)
    assert item.duration("finish") == Duration(5, "working_days")
    assert item.askers == ("resident", "firm") and not item.private


def test_a_text_may_read_the_same_in_every_language(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(MINIMAL, encoding="utf-8")
    [item] = load_items(tmp_path)
    assert item.group.said("zh-hans") == item.group.said("en") == "Lamps"


def test_words_that_yaml_would_twist_stay_words(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(MINIMAL + "keywords: [no, on, 12:30, 1.50]\n", encoding="utf-8")
    [item] = load_items(tmp_path)
    assert item.keywords == ("no", "on", "12:30", "1.50")


def test_versions_of_one_item_stand_side_by_side(tmp_path: Path) -> None:
    newer = MINIMAL.replace("2024-01-01", "2025-06-01").replace("Mended", "Mended fast")
    (tmp_path / "a.yaml").write_text(f"{MINIMAL}---\n{newer}", encoding="utf-8")
    assert [item.valid_from for item in load_items(tmp_path)] == [date(2024, 1, 1), date(2025, 6, 1)]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("lamp.out", "Lamp", "a.yaml:1: code: “Lamp” is not a code"),
        ("2024-01-01", "2024-13-01", "cannot be read"),
        ("2024-01-01", "soon", "a.yaml:2: valid_from: “soon” is not a date"),
        ("name: {zh: 路灯不亮, en: Lamp out}", "name: {zh: 路灯不亮}", "a.yaml:5: name: A text is expected"),
        ("family: resident\n", "", "a.yaml:1: family: This field is missing"),
        ("steps:\n", "colour: red\nsteps:\n", "a.yaml:8: colour: There is no field of this name"),
        ("by: unit", "by: magic", "a.yaml:9: steps[0].by: “magic” is not possible here. Possible: asker"),
        ("jurisdiction: county", "jurisdiktion: county", "answerable[0].jurisdiktion"),
        ("family: resident", "family: resident\nfamily: firm", "line 4: the field family is given twice"),
        ("group: Lamps", "group: 5", "a.yaml:4: group: A text is expected here"),
        ("steps:\n", "clocks: {finish: soon}\nsteps:\n", "a.yaml:8: clocks.finish.promised: “soon” is not a dur"),
        (
            "steps:\n",
            "clocks: {finish: {statutory: 5 working days, promised: 6 working days}}\nsteps:\n",
            "6 working days are promised where the law gives 5 working days. Promise at most",
        ),
        ("steps:\n", "form: {version: 1, fields: [{code: a, kind: b, label: c}]}\nsteps:\n", "fields[0].kind: “b”"),
        ("family: resident", "family: [unclosed", "cannot be read"),
    ],
)
def test_a_fault_is_named_with_its_place(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    found = faults(tmp_path, MINIMAL.replace(old, new))
    assert any(sentence in each for each in found), found


def test_faults_of_all_files_come_at_once(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text(MINIMAL.replace("by: unit", "by: magic"), encoding="utf-8")
    found = faults(tmp_path, MINIMAL.replace("family: resident\n", ""))
    assert [each[:6] for each in found][:1] == ["a.yaml"]
    assert any("b.yaml" in each and "magic" in each for each in found)
    assert any("of this date is in a.yaml already" in each for each in found)


def test_hostile_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "big.yaml").write_bytes(b"x" * 2_000_001)
    (tmp_path / "latin.yaml").write_bytes(b"code: \xff")
    (tmp_path / "loop.yaml").write_text("&a [*a]", encoding="utf-8")
    found = faults(tmp_path, MINIMAL)
    assert len(found) == 3
