"""What a page's view returns. A pack does not import web: it says what is to be shown, and web shows it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from tianqu.base.canonical import Json


@dataclass(frozen=True, slots=True)
class Rendered:
    """A whole page: a template that extends ``layout/public.html`` or ``layout/desk.html``, and its context."""

    template: str
    context: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200


@dataclass(frozen=True, slots=True)
class Partial:
    """A piece of a page, asked for by htmx. ``trigger`` names an event that the page is told of ("" for none)."""

    template: str
    context: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200
    trigger: str = ""


@dataclass(frozen=True, slots=True)
class Redirect:
    """Go on at ``address``, a path of this installation; after an act it keeps a reload from doing it again."""

    address: str
    notice: str = ""  # a translated sentence that the next page shows once


@dataclass(frozen=True, slots=True)
class Download:
    """A file made while it is sent: a limit on rows is the view's to keep. ``inline`` shows it in the browser."""

    name: str
    media_type: str
    chunks: Iterable[bytes]
    inline: bool = False


@dataclass(frozen=True, slots=True)
class Data:
    """Data for a page's own chart or map, as JSON."""

    content: Json


PageResult: TypeAlias = Rendered | Partial | Redirect | Download | Data
