"""No number stands in a text unless a figure, a reason or a declaration stands behind it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.releases.bulletin import ALLOWED, EN, SOURCES, ZH
from tianqu.base.errors import InvalidInput
from tianqu.kernel.releases.api import Allowances, Finding, Kind, Language, read_prose

ARABIC = "0123456789０１２３４５６７８９٣४Ⅷ½③㈠"
# Chinese numerals that make no word of the list with what stands in the texts below.
NUMERALS = "七八九百亿廿"


def found(text: str, language: Language = Language.ZH, allowed: Allowances = ALLOWED) -> list[Finding]:
    """What is wrong with a text."""
    return list(read_prose(text, language=language, allowed=allowed).findings)


def said(text: str, language: Language = Language.ZH, allowed: Allowances = ALLOWED) -> list[tuple[Kind, str]]:
    """What is wrong with a text, by kind and words."""
    return [(each.kind, each.excerpt) for each in found(text, language, allowed)]


def outside(source: str) -> list[int]:
    """Offsets outside placeholders, and where an inserted digit does not begin a numbered item or part a mark."""
    places, inside = [], False
    for offset in range(len(source) + 1):
        pair = source[max(0, offset - 2) : offset]
        inside = True if source[offset - 2 : offset] == "{{" else inside
        inside = False if pair == "}}" else inside
        around = source[max(0, offset - 1) : offset + 1]
        line = source[source.rfind("\n", 0, offset) + 1 : offset]
        rest = source[offset : offset + 1]
        if inside or around in ("{{", "}}") or rest in (".", "、", "）", ")") or line.strip(" #>-123.（") == "":
            continue
        places.append(offset)
    return places


@pytest.mark.parametrize("language", list(Language))
def test_the_text_as_it_is_has_no_fault(language: Language) -> None:
    assert said(SOURCES[language], language) == []


@given(st.data())
def test_any_digit_put_anywhere_is_found_where_it_stands(data: st.DataObject) -> None:
    language = data.draw(st.sampled_from(list(Language)))
    source = SOURCES[language]
    offset = data.draw(st.sampled_from(outside(source)))
    digit = data.draw(st.sampled_from(ARABIC + (NUMERALS if language is Language.ZH else "")))
    findings = found(source[:offset] + digit + source[offset:], language)
    line, column = source.count("\n", 0, offset) + 1, offset - source.rfind("\n", 0, offset)
    assert any(
        each.kind in (Kind.DIGIT, Kind.COMPARISON)
        and each.line == line
        and each.column <= column < each.column + len(each.excerpt) + 2 * each.excerpt.count("*") + 4
        for each in findings
    ), [str(each) for each in findings]


@given(
    st.text(alphabet="各项工作有序推进，企业。*_ \u200b", max_size=20),
    st.sampled_from("123７٣"),
    st.text("稳步提升。*", max_size=9),
)
def test_marks_around_a_digit_do_not_hide_it(before: str, digit: str, behind: str) -> None:
    text = f"甲{before}{digit}{behind}"
    assert any(each.kind is Kind.DIGIT for each in found(text)), text


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("有三成企业", "三"),
        ("共两千家", "两千"),
        ("占百分之六", "百分之六"),
        ("十二个镇", "十二"),
        ("一半以上", "一半"),
        ("去年增长３．５倍", "３．５倍"),
        ("陆佰元", "陆佰"),
        ("２０２１年", "２０２１"),
        ("2020年3月", "2020"),
        ("共5,000.5元", "5,000.5"),
        ("12020年", "12020"),
        ("零投诉", "零"),
        ("3&#52;", "3"),
        ("x²", "²"),
        ("1\u200b2", "1"),
    ],
)
def test_numbers_in_any_writing_are_found(text: str, number: str) -> None:
    assert (Kind.DIGIT, number) in [(kind, excerpt[: len(number)]) for kind, excerpt in said(text)]


@pytest.mark.parametrize("word", ["two", "dozen", "Half", "third", "fifty", "tenfold", "hundreds"])
def test_english_words_for_numbers_are_found(word: str) -> None:
    assert said(f"There were {word} of them.", Language.EN) == [(Kind.DIGIT, word)]


@pytest.mark.parametrize(
    "text",
    [
        "大家一起统一思想，进一步抓好一些工作，以防万一。",
        "第三方机构，第一书记",
        "一是抓落实；二是抓督查。三是抓考核。",
        "一、总体情况",
        "（二）主要做法",
        "2020年全市",
        "第三章 附则",
        "队伍在大陆收拾行装",
        "十分重视三农工作",
        "- 一带一路",
    ],
)
def test_words_and_marks_that_say_no_number_pass(text: str) -> None:
    assert said(text) == []


@pytest.mark.parametrize(
    "text", ["In 2020 a third party came.", "First, the ports. Second, the fairs.", "Someone once often weighed tents."]
)
def test_english_words_that_say_no_number_pass(text: str) -> None:
    assert said(text, Language.EN) == []


@pytest.mark.parametrize(
    ("text", "period", "language"),
    [
        ("2020年10月15日发布", "2020-10-15", Language.ZH),
        ("2020年10月", "2020-10", Language.ZH),
        ("2020年第三季度", "2020-Q3", Language.ZH),
        ("2020年上半年", "2020-H1", Language.ZH),
        ("on 15 October 2020", "2020-10-15", Language.EN),
        ("the third quarter of 2020", "2020-Q3", Language.EN),
        ("the first half of 2020", "2020-H1", Language.EN),
        ("in October 2020.", "2020-10", Language.EN),
    ],
)
def test_a_date_passes_only_as_it_is_declared(text: str, period: str, language: Language) -> None:
    assert said(text, language, Allowances(frozenset({period}))) == []
    assert said(text, language, Allowances(frozenset({"1999"}))) != []


def test_names_with_numbers_pass_whole_words_only() -> None:
    allowed = Allowances(names=("5G", "十二里庄", "COVID-19"))
    assert said("十二里庄建设5G基站，防控COVID-19", allowed=allowed) == []
    assert said("25G", allowed=allowed) == [(Kind.DIGIT, "25")]
    assert said("2.5G", allowed=allowed) != []


@pytest.mark.parametrize(
    "allowed", [Allowances(frozenset({"2020年"})), Allowances(names=("12",)), Allowances(names=("一",))]
)
def test_what_would_excuse_any_number_is_refused(allowed: Allowances) -> None:
    with pytest.raises(InvalidInput):
        read_prose("文", language=Language.ZH, allowed=allowed)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("全省**最**高", "最高"),
        ("位列第一", "第一"),
        ("出口翻一番", "翻一番"),
        ("总量居全省前列", "居全省前列"),
        ("超过目标", "超过"),
        ("创历史新高", "新高"),
        ("首次进入", "首次"),
        ("唯一入选", "唯一"),
        ("近{{ 数据 a }}", "近"),
    ],
)
def test_chinese_words_that_compare_are_found(text: str, words: str) -> None:
    assert (Kind.COMPARISON, words) in [(kind, excerpt.replace("*", "")[: len(words)]) for kind, excerpt in said(text)]


@pytest.mark.parametrize("words", ["highest", "doubled", "record", "more than", "first", "exceeded", "ranked", "only"])
def test_english_words_that_compare_are_found(words: str) -> None:
    assert said(f"It was {words} again", Language.EN) == [(Kind.COMPARISON, words)]


def test_over_before_a_figure_compares_and_over_a_year_does_not() -> None:
    assert said("over {{ figure a }} and spread over the year", Language.EN) == [(Kind.COMPARISON, "over")]


def test_a_claim_binds_its_words_but_no_digits() -> None:
    assert said('增速{{ claim "居全省首位，翻一番" of a }}') == []
    assert said('增速{{ claim "共386亿元" source "公报" }}') == [(Kind.DIGIT, "386亿")]


def test_captions_speakers_and_cases_are_read_too() -> None:
    assert said('{{ table a caption "共5项" }}') == [(Kind.DIGIT, "5")]
    assert said('{{ chart bar a title "前" alt "6 条" }}') == [(Kind.DIGIT, "6")]
    assert said('{{ case DZ-1 "等了7天" }}') == [(Kind.DIGIT, "7")]
    assert said("问（第8频道）：好？") == [(Kind.DIGIT, "8")]


def test_numbers_of_lists_are_no_digits_but_a_year_at_the_head_of_a_line_is_one() -> None:
    assert said("1. 甲\n2. 乙\n3. 丙") == []
    assert said("1. 甲\n2020. 乙") == [(Kind.DIGIT, "2020")]
    assert said("2019. 甲") == [(Kind.DIGIT, "2019")]


def test_each_finding_says_where_and_what_to_do() -> None:
    finding = found("# 题\n\n有**12**家")[0]
    assert (finding.line, finding.column, finding.excerpt) == (3, 4, "12")
    assert "3:4" in str(finding) and "{{ figure ID }}" in str(finding)


def test_the_texts_hold_what_the_tests_rest_on() -> None:
    assert "{{" in ZH and "{{" in EN and len(outside(ZH)) > 100
