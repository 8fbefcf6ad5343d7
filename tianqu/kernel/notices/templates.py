"""The words of notices, declared by the rooms and packs that send them, by code; and where a subject's page is."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from django.conf import settings
from django.utils import formats, timezone, translation

from tianqu.base.errors import Conflict, InvalidInput, NotFound, _

PLACEHOLDER = re.compile(r"%\((\w+)\)s")


@dataclass(frozen=True, slots=True)
class NoticeTemplate:
    """What a notice says. ``title`` and ``body`` are English sentences, marked for translation, with ``%(name)s``.

    ``times`` names the parameters that are ISO 8601 times or days, shown in the reader's language and the realm's time
    zone.
    ``mail`` says whether it goes by mail unless its reader says otherwise. What goes to a unit is read by those of its
    posts that have the ``permission``. ``stop`` names the parameter that holds the address at which a reader without an
    account ends such mails (RFC 8058), "" where there is none. ``spoken`` are parameters that were kept in the realm's
    language: each with what says it in the reader's.
    """

    code: str
    title: str
    body: str
    times: frozenset[str] = frozenset()
    mail: bool = True
    permission: str = ""
    stop: str = ""
    spoken: Mapping[str, Callable[[str], str]] = field(default_factory=dict)

    def placeholders(self) -> frozenset[str]:
        """The names of the parameters that its words need."""
        return frozenset(PLACEHOLDER.findall(self.title + self.body))


@dataclass(frozen=True, slots=True)
class Words:
    """A notice as it reads in one language, on one line and as a text; ``link`` is an address within the site."""

    title: str
    body: str
    link: str


DIGEST = NoticeTemplate(
    code="digest",
    title=_("Your day: %(late)s late, %(today)s due today, %(back)s came back"),
    body=_("Good morning. This is waiting for you on %(day)s:\n\n%(lines)s"),
)

_TEMPLATES: dict[str, NoticeTemplate] = {}
_LINKS: dict[str, Callable[[str], str]] = {}


def register_templates(*templates: NoticeTemplate) -> None:
    """Make templates known, at start-up. The same one twice is harmless; two different ones of one code are not."""
    for template in templates:
        if _TEMPLATES.setdefault(template.code, template) != template:
            raise Conflict(_("Two different notices are called %(value)s."), field="code", value=template.code)


def register_link(kind: str, address: Callable[[str], str]) -> None:
    """Say where the page of a subject is: ``address("0192…")`` for the subject ``kind:0192…``."""
    _LINKS[kind] = address


def known_templates() -> dict[str, NoticeTemplate]:
    """Every registered template by its code."""
    return dict(_TEMPLATES)


def template_called(code: str) -> NoticeTemplate:
    """Return a template. Raises ``NotFound`` for a code that nobody registered."""
    template = _TEMPLATES.get(code)
    if template is None:
        raise NotFound(_("There is no notice called %(value)s."), field="code", value=code)
    return template


def checked_parameters(template: NoticeTemplate, parameters: Mapping[str, object]) -> None:
    """Raise ``InvalidInput`` unless every placeholder of ``template`` is given."""
    missing = sorted(template.placeholders() - set(parameters))
    if missing:
        raise InvalidInput(
            _("The notice %(code)s needs the parameters %(missing)s."), field="parameters",
            code=template.code, missing=", ".join(missing),
        )  # fmt: skip


def words_of(*, code: str, parameters: Mapping[str, object], subject: str, language: str) -> Words:
    """Return a notice's words in ``language`` (``zh-hans`` or ``en``; the site's own if empty)."""
    template = template_called(code)
    with translation.override(language or settings.LANGUAGE_CODE):
        values = {name: _shown(value, is_time=name in template.times) for name, value in parameters.items()}
        values |= {name: say(values[name]) for name, say in template.spoken.items() if name in values}
        title = " ".join((translation.gettext(template.title) % values).split())
        body = translation.gettext(template.body) % values
    return Words(title=title, body=body, link=link_to(subject))


def link_to(subject: str) -> str:
    """Return the address of a subject's page within the site; empty if it has none."""
    kind, _colon, identifier = subject.partition(":")
    return _LINKS[kind](identifier) if kind in _LINKS else ""


def _shown(value: object, *, is_time: bool) -> str:
    if is_time and isinstance(value, str) and value:
        # As every page writes a day and a moment (web/layout/formats.py): 10 Dec 2026 23:59.
        form = "j M Y" if (translation.get_language() or "").startswith("en") else "DATE_FORMAT"
        if len(value) == len("2026-12-10"):
            return formats.date_format(date.fromisoformat(value), form)
        at = timezone.localtime(datetime.fromisoformat(value))
        return f"{formats.date_format(at, form)} {at:%H:%M}"
    return str(value)
