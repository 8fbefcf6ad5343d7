"""The page of a register's list, and its file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext as _

from tianqu.base.errors import InvalidInput, NotFound
from tianqu.kernel.pack.api import (
    EVERYBODY,
    Column,
    Faults,
    Pack,
    PageRequest,
    PageResult,
    Register,
    RegisterColumn,
    Rendered,
    RowsAsked,
    RowsPage,
    Table,
    act_named_of,
    chosen_columns,
    every_row,
    faults,
    key_of,
    kind_of,
    named,
    permit,
    rows_page,
    table_file,
)
from tianqu.kernel.places.api import can
from tianqu.web.layout.environment import frame_of
from tianqu.web.registers.cells import (
    NUMERIC,
    Cell,
    address_of,
    cells_of,
    exported,
    heads_of,
    listed_columns,
    names_in,
    unit_of,
)

ROWS: Final = 50
OPTIONS_MAX: Final = 100  # of another register; where there are more, a code is typed
AT_ONCE: Final = 500  # rows of a file whose places and units are looked up together
ASKED_MAX: Final = 200  # characters of what narrows a list
MARK_MAX: Final = 2_000  # characters of the mark of a page: of a long name in an address


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the list: its cells, and where it is changed, "" where the reader may not."""

    cells: Sequence[Cell]
    change: str


@dataclass(frozen=True, slots=True)
class Narrowing:
    """A filter of the list: its name and title, what can be chosen (nothing: typed in), and what was asked."""

    name: str
    title: str
    options: Sequence[tuple[str, str]]
    value: str


def register_list(request: PageRequest, register: Register, *, pack: Pack) -> PageResult:
    """The list: narrowed, searched, a page of it; what it holds as a file, and what the reader may declare."""
    asked = asked_of(request, register)
    page, refused, status = _page(request, register, asked)
    names, act = names_in(register, page.rows), act_of(register)
    lines = [_line(request, register, row, names, pack=pack.code, act=act) for row in page.rows]
    table = Table(
        caption=register.title,
        columns=[
            Column(each.name, each.heading or each.title, numeric=kind_of(register, each) in NUMERIC,
                   unit=unit_of(register, each), optional=each.hidden, hidden=each.hidden)
            for each in listed_columns(register)
        ],
        rows=lines, next_cursor=page.after, shown=chosen_columns(request.GET),
    )  # fmt: skip
    context = {
        "register": register, "table": table, "narrowing": narrowing_of(request, register), "words": asked.words,
        "changes": any(line.change for line in lines), "files": _files(request, register, pack=pack.code),
        "declare": reverse(f"{pack.code}:{register.code}_declare") if act and can(request.actor, act) else "",
        "bring": reverse(f"{pack.code}:{register.code}_bring") if act and register.imports and can(request.actor, act)
        else "",
        "frame": frame_of(request), "where": above(register, pack),
        "narrowed": bool(asked.words or any(asked.narrowed.values())), "errors": refused,
        "summary": list(refused.items()),
    }  # fmt: skip
    return Rendered("registers/list.html", context, status=status)


def _page(request: PageRequest, register: Register, asked: RowsAsked) -> tuple[RowsPage, Faults, int]:
    """The rows that are asked for; none, with what is wrong, where a filter cannot be read: the page stays."""
    try:
        return rows_page(register, request.actor, asked), Faults(), HTTPStatus.OK
    except (InvalidInput, NotFound) as error:
        if error.field not in {each.asked for each in register.narrowing}:
            raise
        return RowsPage([]), faults(error), error.status


def register_file(request: PageRequest, register: Register, *, form: str) -> PageResult:
    """What the list holds, as it is narrowed, as CSV or a workbook."""
    permit(register, request.actor)
    asked, columns = asked_of(request, register), listed_columns(register)
    rows_page(register, request.actor, RowsAsked(asked.narrowed, asked.words, limit=1))  # refuses before a line is sent
    return table_file(register.code, heads_of(columns, register), _exported(request, register, asked), form=form)


def _exported(request: PageRequest, register: Register, asked: RowsAsked) -> Iterator[list[object]]:
    columns, some = listed_columns(register), list[Any]()

    def written() -> Iterator[list[object]]:
        names = names_in(register, some)
        for row in some:
            yield [exported(register, column, row, names) for column in columns]

    for row in every_row(register, request.actor, asked):
        some.append(row)
        if len(some) == AT_ONCE:
            yield from written()
            some.clear()
    yield from written()


def asked_of(request: PageRequest, register: Register) -> RowsAsked:
    """Which rows an address asks for."""
    narrowed = {each.asked: request.GET.get(each.asked, "")[:ASKED_MAX] for each in register.narrowing}
    return RowsAsked(narrowed, request.GET.get("q", "")[:ASKED_MAX], request.GET.get("after", "")[:MARK_MAX], ROWS)


def above(register: Register, pack: Pack) -> list[tuple[Any, str]]:
    """Where the list stands: the page from which one comes to it."""
    return [(page.title, reverse(f"{pack.code}:{page.name}")) for page in pack.pages if page.name == register.above]


def act_of(register: Register) -> str:
    """The name of the act that declares a row, "" where none does."""
    return act_named_of(register.declares) if register.declares is not None else ""


def narrowing_of(request: PageRequest, register: Register) -> list[Narrowing]:
    """The filters of the list with what was asked."""
    return [
        Narrowing(each.asked, str(each.heading or each.title), _options(request, register, each),
                  request.GET.get(each.asked, "")[:ASKED_MAX])
        for each in register.narrowing
    ]  # fmt: skip


def _options(request: PageRequest, register: Register, column: RegisterColumn) -> list[tuple[str, str]]:
    if column.choices:
        return [(code, column.said(code)) for code in column.choices]
    if kind_of(register, column) == "yes_no":
        return [("yes", _("yes")), ("no", _("no"))]
    if column.of is not None and column.of.permission == EVERYBODY:
        found = list(column.of.rows(request.actor).order_by(column.of.key)[: OPTIONS_MAX + 1])
        named_rows = [(key_of(column.of, row), named(row)) for row in found if hasattr(row, "name_en")]
        return named_rows if len(found) <= OPTIONS_MAX else []
    return []


def _line(request: PageRequest, register: Register, row: Any, names: Any, *, pack: str, act: str) -> Line:
    changed = may_change(request, register, row, act=act)
    change = f"{reverse(f'{pack}:{register.code}_declare')}?of={key_of(register, row)}" if changed else ""
    return Line(cells_of(register, row, names, address=address_of(register, pack, row) or change), change)


def may_change(request: PageRequest, register: Register, row: Any, *, act: str) -> bool:
    """Say whether the reader may declare this row anew: as they may at its unit or in its place."""
    within = row if hasattr(row, "unit_id") or hasattr(row, "place_path") else None
    return bool(act) and not register.sent and can(request.actor, act, within)


def _files(request: PageRequest, register: Register, *, pack: str) -> list[tuple[str, str]]:
    query = request.GET.copy()
    query.pop("after", None)
    asked = f"?{query.urlencode()}" if query else ""
    return [
        (form.upper(), reverse(f"{pack}:{register.code}_file", kwargs={"form": form}) + asked)
        for form in ("csv", "xlsx")
    ]
