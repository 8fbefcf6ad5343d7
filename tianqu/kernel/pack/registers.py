"""The declared register: a list that people and programs read, and the form of the act that writes its rows.

A pack says once what a row is. From that everybody gets the page of its list, the file of it, the form, the operation
of the API, and where it says so the reading of a spreadsheet; ``web/registers`` shows them. See docs/registers.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from django.db.models import Model, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from tianqu.kernel.journal.api import Actor

Words = str | Promise
# As in the forms of items (docs/items.md).
FORM_KINDS: Final = (
    "text", "long_text", "choice", "choices", "number", "money", "date", "phone", "person_name", "yes_no", "place",
)  # fmt: skip
# What acts of offices take beside it: a moment, minutes after midnight, a unit, somebody's login name, a row of another
# register, several lines of parts.
OWN_KINDS: Final = ("moment", "time", "unit", "person", "row", "lines")
KINDS: Final = (*FORM_KINDS, *OWN_KINDS)
PLACE: Final = "place"  # the parameter that narrows a register to what lies at or below a place


@dataclass(frozen=True, slots=True, eq=False)
class RegisterColumn:
    """What a register knows of each row: a column of its list, a field of its form, a member of its API.

    ``name`` is what the API calls it, and the keyword by which the declaring act takes it unless ``keyword`` says
    another; ``at`` is the attribute of a row that holds it, or a function of the row, unless it is called so too.
    ``kind`` is one of KINDS; "" takes it from the act's signature, or from the table. What the act does not take is not
    typed in.

    ``words`` says what a code is called, ``choices`` are the codes, ``tones`` the colours of their marks; ``of`` is the
    register of which a ``row`` is named; ``parts`` are what each line of ``lines`` has, in the order of typing.
    ``decimals`` stand behind the point of a number: an act that takes a whole number counts in the last of them.
    ``optional``: may be left empty although the act wants the keyword. ``begins`` is what a new row's field holds.
    ``heading`` is said over the column of the list where the form says more. ``listed`` and ``told``: whether the list
    and its file show it, and whether the API tells it; what is neither stands in the form alone. ``hidden``: the list
    shows it to whoever asks for it, its file always.
    """

    name: str
    title: Words = ""
    kind: str = ""
    keyword: str = ""
    at: str | Callable[[Any], object] = ""
    words: Callable[[str], str] | None = None
    choices: tuple[str, ...] = ()
    tones: Mapping[str, str] = field(default_factory=dict)
    of: Register | None = None
    parts: tuple[RegisterColumn, ...] = ()
    decimals: int = 0
    unit: Words = ""
    hint: Words = ""
    heading: Words = ""
    begins: object = ""
    optional: bool = False
    listed: bool = True
    hidden: bool = False
    told: bool = True

    @property
    def asked(self) -> str:
        """What the parameter is called that narrows a list by this column."""
        return PLACE if self.name in ("place_path", "place_id") else self.name

    def said(self, code: str) -> str:
        """What one of its codes is called."""
        return self.words(code) if self.words is not None and code else code


@dataclass(frozen=True, eq=False)
class Register:
    """A list of rows that an act declares.

    ``rows`` are those of ``model`` that somebody may see, as the database is asked for them: scope is theirs to keep,
    permission is ``permission``, or EVERYBODY. ``key`` is the attribute that names a row, and ``sort`` the one by which
    the list is sorted, "-" before it for the largest first; "" for the key. ``filters`` are names of columns, or
    columns of their own that ``narrow`` understands; ``searched`` are the fields in which words are looked for.

    ``declares`` is the act that declares a row, new or known; ``ends`` the one that ends it; both are asked for the
    row's columns by keyword. A keyword ``unit_id`` that no column fills is the unit by whose post one acts; ``sent``
    names the keyword that takes the form's identifier, by which what is sent twice is one. ``imports``: rows are read
    from a spreadsheet too.

    ``address`` is that of its list, with ``desk/`` before it for a page of the desk; the API's is the same without.
    ``page`` is the page of the pack that shows one row, by its key, or the address of it; ``above`` the one from which
    one comes to the list; ``tells`` are what else the API tells. ``completed`` makes of the rows of one page what its
    columns show, where that takes another look at the database; it is given what the list was narrowed by. ``empty``
    and ``begin`` are said where there is no row: that there is none, and how to begin.
    """

    code: str
    title: Words
    address: str
    model: type[Model]
    rows: Callable[[Actor], QuerySet[Any]]
    permission: str
    columns: tuple[RegisterColumn, ...]
    key: str = "code"
    sort: str = ""
    lead: Words = ""
    empty: Words = ""
    begin: Words = ""
    declares: Callable[..., Any] | None = None
    declaring: Words = ""
    ends: Callable[..., Any] | None = None
    ending: Words = ""
    sent: str = ""
    filters: tuple[str | RegisterColumn, ...] = ()
    narrow: Callable[[QuerySet[Any], Mapping[str, Any]], QuerySet[Any]] | None = None
    searched: tuple[str, ...] = ()
    tells: tuple[str, ...] = ()
    page: str | Callable[[Any], str] = ""
    above: str = ""
    completed: Callable[[list[Any], Mapping[str, str]], list[Any]] | None = None
    imports: bool = False

    @cached_property
    def named_columns(self) -> Mapping[str, RegisterColumn]:
        """The columns by name."""
        return {column.name: column for column in self.columns}

    @cached_property
    def narrowing(self) -> tuple[RegisterColumn, ...]:
        """The columns by which the list can be narrowed."""
        return tuple(self.named_columns[each] if isinstance(each, str) else each for each in self.filters)

    @property
    def form_address(self) -> str:
        """Where a row is declared: at the desk, beside the list."""
        return f"desk/{self.plain_address}/declare"

    @property
    def plain_address(self) -> str:
        """The address without the desk before it, which is that of the API."""
        return self.address.removeprefix("desk/").strip("/")


NAMES: Final = (
    RegisterColumn("name", gettext_lazy("Name in Chinese"), heading=gettext_lazy("Name")),
    RegisterColumn("name_en", gettext_lazy("Name in English"), listed=False),
)


def code_column(keyword: str, **more: Any) -> RegisterColumn:
    """The column of a code that stays, which the act takes by ``keyword``."""
    hint = gettext_lazy("Small letters, digits and hyphens; it stays.")
    return RegisterColumn("code", gettext_lazy("Code"), keyword=keyword, hint=hint, **more)


def key_of(register: Register, row: Any) -> str:
    """The key of a row, as it stands in an address."""
    return str(getattr(row, register.key))


def value_in(column: RegisterColumn, row: Any) -> Any:
    """What a row holds in a column."""
    if callable(column.at):
        return column.at(row)
    return getattr(row, attribute_of(column))


def attribute_of(column: RegisterColumn) -> str:
    """The attribute of a row in which a column stands, and the field by which it is narrowed."""
    assert not callable(column.at), f"{column.name} is computed"
    return column.at or (f"{column.name}_id" if column.of is not None else column.name)
