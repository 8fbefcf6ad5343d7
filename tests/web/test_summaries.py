"""The summary of a refused form leads to the fields that are there, and calls them as their labels do."""

from __future__ import annotations

from django.utils.translation import override

from tianqu.web.layout.summaries import summary_completed

SUMMARY = '<div class="errors" role="alert" tabindex="-1"><ul>{lines}</ul></div>'
FIELDS = (
    '<label class="form-label" for="title">Title <span class="optional">(optional)</span></label>'
    '<input id="title"><fieldset class="field field-error" id="way" aria-describedby="way-error">\n  '
    '<legend>Way</legend></fieldset><p id="bare"></p><a href="#person_id">elsewhere</a>'
)


def shown(name: str, sentence: str = "This is needed.") -> str:
    line = f'<li><a href="#{name}">{sentence}</a></li>'
    with override("en"):
        return summary_completed(SUMMARY.format(lines=line) + FIELDS)


def test_a_field_that_is_not_on_the_page_is_linked_to_nowhere() -> None:
    page = shown("person_id", "Fill in your profile first.")
    assert "<li>Fill in your profile first.</li>" in page
    assert '<a href="#person_id">elsewhere</a>' in page, "only the summary is changed"


def test_a_field_is_called_as_its_label() -> None:
    assert '<a href="#title">Title: This is needed.</a>' in shown("title")
    assert '<a href="#way">Way: This is needed.</a>' in shown("way")
    assert '<a href="#bare">This is needed.</a>' in shown("bare")


def test_what_names_its_field_is_left_as_it_is() -> None:
    assert '<a href="#title">Title: too long.</a>' in shown("title", "Title: too long.")
