"""The summary on top of a refused form, once the whole page is written: only then is it known what one can link to.

The lines of ``ui.error_summary`` come before the fields. A line of a field that the page does not have says its
sentence and links to nothing; one of a field that is there begins with what the field is called.
"""

from __future__ import annotations

import re
from typing import Final

from django.utils.translation import gettext

_SUMMARY: Final = re.compile(r'<div class="errors" role="alert".*?</div>', re.DOTALL)
_LINE: Final = re.compile(r'<a href="#(?P<name>[^"]*)">(?P<sentence>.*?)</a>', re.DOTALL)
_LABEL: Final = re.compile(r'<label class="form-label" for="(?P<name>[^"]*)">(?P<label>[^<]*)')
_LEGEND: Final = re.compile(r'<fieldset class="field[^>]* id="(?P<name>[^"]*)"[^>]*>\s*<legend>(?P<label>[^<]*)')
_IDENTIFIER: Final = re.compile(r'\sid="([^"]*)"')


def summary_completed(page: str) -> str:
    """Return the page with its summary of errors as its fields are: linked where they are, and called as they are."""
    there = set(_IDENTIFIER.findall(page))
    labels = {
        found["name"]: found["label"].strip() for pattern in (_LABEL, _LEGEND) for found in pattern.finditer(page)
    }

    def line(found: re.Match[str]) -> str:
        name, sentence = found["name"], found["sentence"]
        if name not in there:
            return sentence
        label = labels.get(name, "")
        if not label or sentence.startswith(label):
            return found[0]
        said = gettext("%(field)s: %(fault)s") % {"field": label, "fault": sentence}
        return f'<a href="#{name}">{said}</a>'

    return _SUMMARY.sub(lambda summary: _LINE.sub(line, summary[0]), page, count=1)
