"""How a dataset is declared: by a pack, in frozen values, or by an office that describes what it uploads."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias, get_args

from tianqu.base.errors import Conflict, NotFound, _
from tianqu.kernel.datasets.schema import Schema

Access: TypeAlias = Literal["open", "cells", "shared", "closed"]
ACCESSES: Final[tuple[Access, ...]] = get_args(Access)
Frequency: TypeAlias = Literal["never", "daily", "weekly", "monthly", "quarterly", "yearly", "irregular"]
FREQUENCIES: Final[tuple[Frequency, ...]] = get_args(Frequency)
CODE: Final = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)*\Z")
CODE_LENGTH_MAX: Final = 100
CELL_LEAST: Final = 10  # people or cases in a cell below which it is not told, where a dataset says no other number


# The nineteen domains in which a prefecture opens its data. Source: the catalogue of Shandong's open data portal
# (data.sd.gov.cn), whose prefectures file by these, and the count of 19 in the reported figures.
DOMAINS: Final[dict[str, tuple[str, str]]] = {
    "agriculture": ("农业农村", "Agriculture and villages"),
    "civil": ("社保就业", "Social security and work"),
    "climate": ("气象服务", "Weather"),
    "credit": ("信用服务", "Credit"),
    "culture": ("文化休闲", "Culture and leisure"),
    "education": ("教育科技", "Education and science"),
    "environment": ("生态环境", "Environment"),
    "finance": ("财税金融", "Public finance and banking"),
    "geography": ("地理空间", "Geography"),
    "government": ("机构团体", "Government and bodies"),
    "health": ("医疗卫生", "Health"),
    "industry": ("经贸工商", "Trade and industry"),
    "justice": ("法律服务", "Law"),
    "living": ("生活服务", "Daily life"),
    "resources": ("资源能源", "Land, resources and energy"),
    "safety": ("公共安全", "Public safety"),
    "town": ("城建住房", "Building and housing"),
    "transport": ("交通运输", "Transport"),
    "market": ("市场监管", "Market supervision"),
}
# Licences under which data may be given away, by their SPDX names.
LICENCES: Final[dict[str, tuple[str, str, str]]] = {
    "CC-BY-4.0": (
        "知识共享署名 4.0",
        "Creative Commons Attribution 4.0",
        "https://creativecommons.org/licenses/by/4.0/",
    ),
    "CC0-1.0": ("知识共享公有领域", "Creative Commons Zero 1.0", "https://creativecommons.org/publicdomain/zero/1.0/"),
    "ODC-By-1.0": ("开放数据署名", "Open Data Commons Attribution", "https://opendatacommons.org/licenses/by/1-0/"),
}
DEFAULT_LICENCE: Final = "CC-BY-4.0"


@dataclass(frozen=True, slots=True)
class JournalSource:
    """Rows that are read from the journal: one row a subject, whose columns stand at their paths in its after-image.

    ``subjects`` is the kind before the colon: "order" for "order:0192…". The column named "subject" is the subject's
    own identifier, and the key of the rows. ``shaped`` makes of the after-image what the paths are read from; it is
    pure, so that the same entry gives the same row for ever. Where ``unless`` is not "", a subject of which something
    true stands there, as it is shaped, has no row.
    """

    subjects: str
    unless: str = ""
    shaped: Callable[[dict[str, Any]], dict[str, Any]] | None = None


@dataclass(frozen=True, slots=True)
class RowPage:
    """Where officials read what a row of a dataset was read from.

    ``path`` holds ``{}`` for the value of ``column``; it is shown to whoever holds ``permission`` and sees the column.
    """

    path: str
    column: str
    permission: str


@dataclass(frozen=True, slots=True)
class DatasetDeclaration:
    """A dataset as a pack declares it.

    ``code`` is its permanent name ("hotline.requests"). ``grain`` says what one row is, in both languages.
    ``access``: ``open`` gives its rows to everybody; ``cells`` tells everybody only counts and sums over ``cells``
    columns, small ones suppressed; ``shared`` opens it to officials; ``closed`` to its own office. ``unit`` is the kind
    of the office that answers for it: the one with the widest place, and where a realm has none of that kind, its
    highest office.
    """

    code: str
    title: str
    title_en: str
    grain: str
    grain_en: str
    domain: str
    unit: str
    schema: Schema
    source: JournalSource
    access: Access = "closed"
    cells: tuple[str, ...] = ()
    cell_least: int = CELL_LEAST
    frequency: Frequency = "daily"
    licence: str = DEFAULT_LICENCE
    description: str = ""
    description_en: str = ""
    row_page: RowPage | None = None


_DECLARED: dict[str, DatasetDeclaration] = {}


def view_name(code: str) -> str:
    """What a dataset is called in SQL: its code with "_" for every dot. No two of a realm have the same."""
    return code.replace(".", "_")


def register_dataset(declaration: DatasetDeclaration) -> None:
    """Make a declared dataset known. Registering the same twice is harmless; two different ones of a code are not."""
    known = _DECLARED.get(declaration.code)
    if known is not None and known != declaration:
        raise Conflict(_("Two different datasets are called %(value)s."), field="code", value=declaration.code)
    view = view_name(declaration.code)
    if known is None and view in map(view_name, _DECLARED):
        raise Conflict(
            _("Another dataset has this code but for dots and underscores; in SQL both would have one name."),
            field="code", value=declaration.code,
            remedy=_("Choose another code; it stays the dataset's name for ever."),
        )  # fmt: skip
    _DECLARED[declaration.code] = declaration


def declared_datasets() -> dict[str, DatasetDeclaration]:
    """Every registered declaration by its code."""
    return dict(_DECLARED)


def declaration_of(code: str) -> DatasetDeclaration:
    """Return a declaration. Raises ``NotFound``."""
    if code not in _DECLARED:
        raise NotFound(_("No pack declares the dataset %(value)s."), field="code", value=code[:CODE_LENGTH_MAX])
    return _DECLARED[code]
