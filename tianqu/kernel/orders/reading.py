"""Reading definitions: YAML with the line of every value, and checks that collect all faults before they raise.

A fault's ``field`` is the path to the value ("clocks.accept.promised"); where the definition came from a file, the
fault knows file and line too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from tianqu.base.errors import InvalidInput, InvalidInputs, _
from tianqu.base.texts import has_unwanted
from tianqu.base.working_time import Duration, parse_duration

At: TypeAlias = tuple[str | int, ...]  # the path to a value

FILE_BYTES_MAX = 2_000_000
DEPTH_MAX = 20
LANGUAGES = ("zh", "en")
CODE = re.compile(r"[a-z][a-z0-9._-]{0,79}")


@dataclass(frozen=True, slots=True)
class Text:
    """A text in Chinese and English; both are the same where the source has one wording only."""

    zh: str
    en: str

    def said(self, language: str) -> str:
        """The text for a language code such as ``zh-hans`` or ``en``."""
        return self.zh if language.lower().startswith("zh") else self.en

    def as_json(self) -> str | dict[str, str]:
        """As a definition holds it: one string where both are the same."""
        return self.zh if self.zh == self.en else {"en": self.en, "zh": self.zh}


class Fault(InvalidInput):
    """A wrong value in a definition; ``file`` is empty if it came from no file."""

    def __init__(self, message: str, *, file: str, line: int, **parameters: Any) -> None:
        self.file = file
        self.line = line
        super().__init__(message, **parameters)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.field}: {super().__str__()}" if self.file else super().__str__()


@dataclass(slots=True)
class Reading:
    """Checks over one definition. A wrong value is noted as a fault and replaced by something harmless."""

    faults: list[InvalidInput] = field(default_factory=list)
    lines: Mapping[At, int] = field(default_factory=dict)
    file: str = ""

    def fault(self, at: At, message: str, *, value: object = None, remedy: str = "", **parameters: object) -> None:
        """Note that the value at ``at`` is wrong."""
        path = named(at[1:] if self.file else at)  # in a file the first step is the number of the definition
        fault = Fault(
            message, file=self.file, line=self._line(at), field=path, value=value, remedy=remedy, **parameters
        )
        self.faults.append(fault)

    def _line(self, at: At) -> int:
        while at and at not in self.lines:
            at = at[:-1]
        return self.lines.get(at, 1)

    def finish(self) -> None:
        """Raise ``InvalidInputs`` if anything was wrong."""
        if self.faults:
            raise InvalidInputs(self.faults)

    def mapping(self, value: object, at: At, *, wanted: str = "", allowed: str = "") -> dict[str, Any]:
        """A mapping with the ``wanted`` fields and perhaps the ``allowed`` ones, both given as words."""
        if not isinstance(value, Mapping):
            self.fault(at, _("Fields with values are expected here."), value=value)
            return {}
        known = {*wanted.split(), *allowed.split()}
        for name in value:
            if name not in known:
                self.fault(
                    (*at, str(name)), _("There is no field of this name."),
                    remedy=_("Known fields: %(known)s."), known=", ".join(sorted(known)),
                )  # fmt: skip
        for name in wanted.split():
            if name not in value:
                self.fault((*at, name), _("This field is missing."))
        return {name: value[name] for name in known if name in value}

    def sequence(self, value: object, at: At, *, least: int = 0, most: int = 500) -> Iterator[tuple[At, Any]]:
        """The members of a list with their paths."""
        if not isinstance(value, list | tuple):
            self.fault(at, _("A list is expected here."), value=value)
            return
        if not least <= len(value) <= most:
            self.fault(
                at, _("%(count)s entries are given; from %(least)s to %(most)s are possible."),
                count=len(value), least=least, most=most,
            )  # fmt: skip
        for index, member in enumerate(value[:most]):
            yield (*at, index), member

    def text(self, value: object, at: At, *, most: int = 1000) -> Text:
        """A text in both languages, or one that reads the same in both."""
        if isinstance(value, str):
            said = self.string(value, at, most=most)
            return Text(said, said)
        if not isinstance(value, Mapping) or set(value) != set(LANGUAGES):
            self.fault(
                at, _("A text is expected here."), value=value,
                remedy=_("Give {zh: …, en: …}, or one string that reads the same in every language."),
            )  # fmt: skip
            return Text("", "")
        return Text(*(self.string(value[language], (*at, language), most=most) for language in LANGUAGES))

    def string(self, value: object, at: At, *, most: int = 1000) -> str:
        """A string that is not empty, has no control characters, and is not too long."""
        if not isinstance(value, str) or not value.strip():
            self.fault(
                at, _("A text is expected here, not %(value)s."), value=value,
                remedy=_("Put numbers, dates, true and false in quotation marks where they are meant as text."),
            )  # fmt: skip
            return ""
        if len(value) > most:
            self.fault(at, _("%(length)s characters are too long; the most is %(most)s."), length=len(value), most=most)
        if has_unwanted(value):
            self.fault(at, _("The text holds control characters."))
        return value.strip()

    def code(self, value: object, at: At, *, dots: bool = True) -> str:
        """A code: lower-case letters, digits, ``.``, ``-`` and ``_``."""
        if not isinstance(value, str) or not CODE.fullmatch(value) or (not dots and "." in value):
            self.fault(
                at, _("“%(value)s” is not a code."), value=value,
                remedy=_("Begin with a lower-case letter; then lower-case letters, digits, “.”, “-” and “_”."),
            )  # fmt: skip
            return ""
        return value

    def choice(self, value: object, at: At, allowed: Sequence[str]) -> str:
        """One of ``allowed``."""
        if value not in allowed:
            self.fault(
                at, _("“%(value)s” is not possible here."), value=value,
                remedy=_("Possible: %(allowed)s."), allowed=", ".join(allowed),
            )  # fmt: skip
            return allowed[0]
        return str(value)

    def choices(self, value: object, at: At, allowed: Sequence[str]) -> tuple[str, ...]:
        """Some of ``allowed``, at least one, in the order of ``allowed``."""
        chosen = {self.choice(member, where, allowed) for where, member in self.sequence(value, at, least=1)}
        return tuple(each for each in allowed if each in chosen)

    def flag(self, value: object, at: At) -> bool:
        """true or false."""
        if not isinstance(value, bool):
            self.fault(at, _("true or false is expected here."), value=value)
        return value is True

    def whole(self, value: object, at: At, *, least: int, most: int) -> int:
        """A whole number from ``least`` to ``most``."""
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            self.fault(
                at, _("A whole number from %(least)s to %(most)s is expected here, not %(value)s."),
                value=value, least=least, most=most,
            )  # fmt: skip
            return least
        return value

    def day(self, value: object, at: At) -> date:
        """A date, or its text in ISO 8601, from 1900 to 2199."""
        try:
            day = value if type(value) is date else date.fromisoformat(str(value))
            if 1900 <= day.year <= 2199:
                return day
        except ValueError:
            pass
        self.fault(at, _("“%(value)s” is not a date."), value=str(value), remedy=_("Give for instance 2024-05-01."))
        return date(2000, 1, 1)

    def duration(self, value: object, at: At) -> Duration:
        """A duration such as "2 working days"."""
        try:
            return parse_duration(value)  # type: ignore[arg-type]
        except InvalidInput as error:
            others = {key: each for key, each in error.parameters.items() if key not in ("field", "value")}
            self.fault(at, error.message, value=error.value, remedy=error.remedy, **others)
            return Duration(1, "minutes")


def named(at: At) -> str:
    """A path as people read it: form.fields[2].label."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in at).lstrip(".")


class _Loader(yaml.CSafeLoader):
    """YAML as people expect it: ``no`` is a word, 12:30 is text, 1.50 keeps its nought."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}


for _tag, _pattern, _first in (
    ("bool", r"true|false", "tf"),
    ("int", r"-?(?:0|[1-9][0-9]*)", "-0123456789"),
    ("null", r"~|null|", ["~", "n", ""]),
    ("timestamp", r"[0-9]{4}-[0-9]{2}-[0-9]{2}", "0123456789"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"(?:{_pattern})\\Z"), list(_first))


def read_yaml(path: Path, *, name: str) -> tuple[list[Any], dict[At, int]]:
    """Read a file of one definition or a list of them. Returns the definitions, and the line of each path in them.

    Raises ``InvalidInput`` for a file that is too large, is not UTF-8, or is not YAML.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _unreadable(name, error) from error
    return yaml_in(content, name=name)


def yaml_in(content: bytes, *, name: str) -> tuple[list[Any], dict[At, int]]:
    """Read what a file called ``name`` holds, as ``read_yaml`` does."""
    if len(content) > FILE_BYTES_MAX:
        raise InvalidInput(_("%(file)s is larger than %(most)s bytes."), field="file", file=name, most=FILE_BYTES_MAX)
    try:
        loader = _Loader(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise _unreadable(name, error) from error
    try:
        definitions: list[Any] = []
        lines: dict[At, int] = {}
        while loader.check_node():
            node = loader.get_node()
            assert node is not None, "check_node has seen one"
            members = node.value if isinstance(node, yaml.SequenceNode) else [node]
            for member in members:
                definitions.append(_plain(loader, member, (len(definitions),), lines, name))
    except (yaml.YAMLError, ValueError) as error:
        raise _unreadable(name, error) from error
    finally:
        loader.dispose()
    return definitions, lines


def _unreadable(name: str, error: Exception) -> InvalidInput:
    return InvalidInput(
        _("%(file)s cannot be read: %(reason)s."), field="file", file=name,
        reason=" ".join(str(error).split()), remedy=_("The file is YAML in UTF-8; see docs/items.md."),
    )  # fmt: skip


def _plain(loader: _Loader, node: yaml.Node, at: At, lines: dict[At, int], name: str) -> Any:
    line = node.start_mark.line + 1
    lines[at] = line
    if len(at) > DEPTH_MAX:
        raise InvalidInput(_("%(file)s, line %(line)s: nested too deeply."), field="file", file=name, line=line)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(loader, member, (*at, index), lines, name) for index, member in enumerate(node.value)]
    if not isinstance(node, yaml.MappingNode):
        return loader.construct_object(node)
    mapping: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = str(key_node.value)
        if key in mapping:
            raise InvalidInput(
                _("%(file)s, line %(line)s: the field %(value)s is given twice."), field="file", value=key,
                file=name, line=key_node.start_mark.line + 1,
            )  # fmt: skip
        mapping[key] = _plain(loader, value_node, (*at, key), lines, name)
        lines[(*at, key)] = key_node.start_mark.line + 1
    return mapping
