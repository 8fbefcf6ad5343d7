"""YAML as text with line numbers, of which nothing can grow: no aliases, no tags, every scalar as it is written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import yaml

from tianqu.base.errors import InvalidInput, TooLarge, _

FILE_BYTES_MAX: Final = 20_000_000
DEPTH_MAX: Final = 6
SCALAR_MAX: Final = 4_000  # characters


@dataclass(frozen=True, slots=True)
class Node:
    """A value with the line on which it stands: text, a list of nodes, or a mapping to nodes."""

    value: str | list[Node] | dict[str, Node]
    line: int


def read_nodes(content: bytes, *, name: str) -> Node:
    """Read a YAML file of one document. ``name`` is what errors call it.

    Raises ``TooLarge``, and ``InvalidInput`` for what is no YAML, is nested too deeply, or has aliases, tags or a
    field twice.
    """
    if len(content) > FILE_BYTES_MAX:
        raise too_large(name)
    try:
        events = yaml.parse(content.decode("utf-8-sig"), Loader=yaml.CSafeLoader)
        return _document(events, name)
    except (UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        raise InvalidInput(
            _("%(file)s cannot be read: %(reason)s."), field="file", file=name,
            reason=" ".join(str(error).split())[:300], remedy=_("The file is YAML in UTF-8; see docs/consistency.md."),
        ) from error  # fmt: skip


def too_large(name: str) -> TooLarge:
    """The error for a file beyond the limit."""
    return TooLarge(
        _("%(file)s is larger than %(most)s bytes."), field="file", file=name, most=FILE_BYTES_MAX,
        remedy=_("Check fewer figures at once."),
    )  # fmt: skip


def _document(events: Iterator[Any], name: str) -> Node:
    root = None
    for event in events:
        if isinstance(
            event, yaml.StreamStartEvent | yaml.StreamEndEvent | yaml.DocumentStartEvent | yaml.DocumentEndEvent
        ):
            continue
        if root is not None:
            raise _refused(name, event, _("%(file)s, line %(line)s: a second document begins."))
        root = _node(event, events, name, 0)
    return root or Node({}, 1)


def _node(event: Any, events: Iterator[Any], name: str, depth: int) -> Node:
    line = event.start_mark.line + 1
    if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
        raise _refused(name, event, _("%(file)s, line %(line)s: anchors and aliases are not read."))
    if event.tag is not None:
        raise _refused(name, event, _("%(file)s, line %(line)s: tags are not read."))
    if depth > DEPTH_MAX:
        raise _refused(name, event, _("%(file)s, line %(line)s: nested too deeply."))
    if isinstance(event, yaml.SequenceStartEvent):
        members = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            members.append(_node(event, events, name, depth + 1))
        return Node(members, line)
    if isinstance(event, yaml.MappingStartEvent):
        mapping: dict[str, Node] = {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            key = _node(event, events, name, depth + 1)
            if not isinstance(key.value, str):
                raise _refused(name, event, _("%(file)s, line %(line)s: the name of a field is text."))
            if key.value in mapping:
                raise _refused(
                    name, event, _("%(file)s, line %(line)s: the field %(value)s is given twice."), value=key.value
                )
            mapping[key.value] = _node(next(events), events, name, depth + 1)
        return Node(mapping, line)
    if len(event.value) > SCALAR_MAX:
        raise _refused(name, event, _("%(file)s, line %(line)s: a text is too long."))
    return Node(event.value, line)


def _refused(name: str, event: Any, /, message: str, *, value: str = "") -> InvalidInput:
    return InvalidInput(
        message, field="file", value=value, file=name, line=event.start_mark.line + 1,
        remedy=_("Write every figure and every relation out."),
    )  # fmt: skip
