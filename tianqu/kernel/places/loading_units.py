"""Loading units, and persons with their posts, from a realm's files, each in one act.

A row of units has the columns ``code, name, name_en, kind, place, parent, phone, valid_from, valid_to,
successor``; ``place`` is the code of a place, ``parent`` and ``successor`` are codes of units. A row of
posts has ``login, name, name_en, role, unit, title, phone, email, language, valid_from, valid_to,
deputy_of``; several rows of one login are several posts of one person, and ``deputy_of`` is the login of
the person whose post of that role and unit is meant.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q

from tianqu.base.errors import Conflict, InvalidInput, NotPermitted, TianquError, _
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import Acting, Actor, act
from tianqu.kernel.places.account_acts import new_account
from tianqu.kernel.places.checks import (
    checked_kind,
    checked_login,
    checked_name,
    checked_phone,
    checked_span,
    checked_unit_code,
    day_in,
)
from tianqu.kernel.places.images import account_image, person_image, post_image, unit_image
from tianqu.kernel.places.loading import (
    LoadReport,
    NothingToDo,
    Row,
    copy_rows,
    numbered,
    report_of,
    required_in,
    text_in,
)
from tianqu.kernel.places.loading_places import may_load
from tianqu.kernel.places.models import Account, Person, Place, Post, Unit
from tianqu.kernel.places.permissions import can
from tianqu.kernel.places.person_acts import fill_person, refuse_higher_role, refuse_own_gain
from tianqu.kernel.places.queries import unit_called
from tianqu.kernel.places.roles import role_called
from tianqu.kernel.places.tree import Located, forget_all, lock_tree
from tianqu.kernel.places.unit_acts import located

UNIT_COLUMNS = (
    "id", "code", "name", "name_en", "kind", "place_id", "parent_id", "successor_id", "phone", "valid_from", "valid_to",
)  # fmt: skip
PARENTS_MAX = 20


def load_units(actor: Actor, *, rows: Sequence[Row], update: bool = False) -> LoadReport:
    """Store the units that are not there yet, and report what became of each row.

    Rows that are there already stay as they are. With ``update`` their names and telephone are taken from
    the file.
    """
    return report_of(lambda: store_units(actor, rows=rows, update=update))


@act("places.load_units", may=may_load)
def store_units(acting: Acting, *, rows: Sequence[Row], update: bool) -> LoadReport:
    """Store rows of units; see ``load_units``."""
    lock_tree()
    loading = _UnitLoading(acting, update=update)
    loading.take(rows)
    if not loading.touched:
        raise NothingToDo(loading.report)
    copy_rows("places_unit", UNIT_COLUMNS, (_columns(unit) for unit in loading.new))
    Unit.objects.bulk_update(loading.changed, ["name", "name_en", "phone"], batch_size=500)
    for unit in loading.touched:
        acting.record(f"unit:{unit.id}", after=unit_image(unit))
    forget_all()
    return loading.report


class _UnitLoading:
    """The units as they are and as they become, while one file is loaded."""

    def __init__(self, acting: Acting, *, update: bool) -> None:
        self.acting = acting
        self.update = update
        self.report = LoadReport()
        self.units = {unit.code: unit for unit in Unit.objects.all()}
        self.places: dict[str, list[Place]] = {}
        for place in Place.objects.defer("boundary"):
            self.places.setdefault(place.code, []).append(place)
        self.new: list[Unit] = []
        self.changed: list[Unit] = []
        self.touched: list[Unit] = []

    def take(self, rows: Sequence[Row]) -> None:
        """Take the rows whose unit and successor are known, again and again until no more can be."""
        waiting = list(numbered(rows))
        for _level in range(PARENTS_MAX):
            later = [(line, row) for line, row in waiting if not self._take_row(line, row)]
            if len(later) == len(waiting):
                break
            waiting = later
        for line, row in waiting:
            wanted = text_in(row, "parent") if text_in(row, "parent") not in self.units else text_in(row, "successor")
            self.report.refuse(
                "units",
                line,
                InvalidInput(_("No unit has the code %(value)s."), field="parent", value=wanted[:100]),
            )

    def _take_row(self, line: int, row: Row) -> bool:
        """Take one row. Return False if it must wait for another unit."""
        for column in ("parent", "successor"):
            if text_in(row, column) and text_in(row, column) not in self.units:
                return False
        try:
            unit = self._draft(row)
        except TianquError as error:
            self.report.refuse("units", line, error)
            return True
        known = self.units.get(unit.code)
        if known is not None:
            self._keep(known, unit)
            return True
        self.units[unit.code] = unit
        self.new.append(unit)
        self.touched.append(unit)
        self.report.accepted += 1
        return True

    def _draft(self, row: Row) -> Unit:
        valid_from, valid_to = day_in(row, "valid_from"), day_in(row, "valid_to")
        checked_span(valid_from, valid_to=valid_to)
        place = self._place(required_in(row, "place"), valid_to)
        if not can(self.acting.actor, self.acting.act, Located(place_path=place.path)):
            raise NotPermitted(_("The place %(value)s is not within your reach."), field="place", value=place.code)
        return Unit(
            id=new_identifier(), code=checked_unit_code(required_in(row, "code")),
            name=checked_name(required_in(row, "name")),
            name_en=checked_name(text_in(row, "name_en"), field="name_en", required=False),
            kind=checked_kind(required_in(row, "kind")), place=place, parent=self.units.get(text_in(row, "parent")),
            successor=self.units.get(text_in(row, "successor")), phone=checked_phone(text_in(row, "phone")),
            valid_from=valid_from, valid_to=valid_to,
        )  # fmt: skip

    def _place(self, code: str, valid_to: date | None) -> Place:
        """The row of a place that holds on a unit's last day, or without an end if the unit has none."""
        for place in self.places.get(code, ()):
            if place.valid_to is None if valid_to is None else place.holds_on(valid_to - timedelta(days=1)):
                return place
        raise InvalidInput(
            _("There is no place %(value)s to answer for, in that time."), field="place", value=code[:40]
        )

    def _keep(self, known: Unit, unit: Unit) -> None:
        mine, theirs = ((one.name, one.name_en, one.phone) for one in (known, unit))
        if not self.update or mine == theirs:
            self.report.unchanged += 1
            return
        known.name, known.name_en, known.phone = theirs
        self.changed.append(known)
        self.touched.append(known)
        self.report.accepted += 1


def _columns(unit: Unit) -> tuple[object, ...]:
    return (
        unit.id, unit.code, unit.name, unit.name_en, unit.kind, unit.place_id, unit.parent_id, unit.successor_id,
        unit.phone, unit.valid_from, unit.valid_to,
    )  # fmt: skip


def load_posts(actor: Actor, *, rows: Sequence[Row], password: str | None = None) -> LoadReport:
    """Store the persons, accounts and posts that are not there yet, and report what became of each row.

    ``password`` is given to every new account, for demonstrations. Without it nobody can sign in by them
    until an administrator resets them.
    """
    return report_of(lambda: store_posts(actor, rows=rows, password=password))


@act("places.load_posts", may=may_load)
def store_posts(acting: Acting, *, rows: Sequence[Row], password: str | None) -> LoadReport:
    """Store rows of posts; see ``load_posts``."""
    lock_tree()
    report = LoadReport()
    for line, row in numbered(rows):
        try:
            stored = _store_post(acting, row, password)
        except TianquError as error:
            report.refuse("posts", line, error)
            continue
        report.accepted += stored
        report.unchanged += not stored
    if not acting.entries:
        raise NothingToDo(report)
    forget_all()
    return report


def _store_post(acting: Acting, row: Row, password: str | None) -> bool:
    """Store one post, with its person and account if they are new. Return False if it is there already."""
    unit = unit_called(required_in(row, "unit"))
    if not can(acting.actor, acting.act, located(unit)):
        raise NotPermitted(_("The unit %(value)s is not within your reach."), field="unit", value=unit.code)
    role = role_called(required_in(row, "role")).code
    refuse_higher_role(acting, role)
    login = checked_login(required_in(row, "login"))
    valid_from, valid_to = day_in(row, "valid_from"), day_in(row, "valid_to")
    checked_span(valid_from, valid_to=valid_to)
    principal = _principal(row, unit=unit, role=role)
    account = Account.objects.filter(login=login).first()
    if account is not None:
        overlapping = Q(valid_to__isnull=True) | Q(valid_to__gt=valid_from or date.min)
        before_end = Q(valid_from__isnull=True) | Q(valid_from__lt=valid_to or date.max)
        posts = Post.objects.filter(overlapping, before_end, person_id=account.person_id, unit=unit, role=role)
        if posts.exists():
            return False
    if account is not None:
        refuse_own_gain(acting, account.person_id)
    person_id = account.person_id if account is not None else _store_person(acting, row, unit, login, password=password)
    post = Post(
        id=new_identifier(), person_id=person_id, unit=unit, role=role, deputy_of=principal,
        title=checked_name(text_in(row, "title"), field="title", required=False),
        valid_from=valid_from, valid_to=valid_to,
    )  # fmt: skip
    post.save(force_insert=True)
    acting.record(f"post:{post.id}", after=post_image(post))
    return True


def _store_person(acting: Acting, row: Row, unit: Unit, login: str, *, password: str | None) -> UUID:
    person = Person(id=new_identifier(), unit=unit, created_at=acting.now)
    fill_person(
        person, name=required_in(row, "name"), name_en=text_in(row, "name_en"), phone=text_in(row, "phone"),
        email=text_in(row, "email"), language=text_in(row, "language") or "zh-hans",
    )  # fmt: skip
    account = new_account(acting, person, login=login, password=password)
    person.save(force_insert=True)
    account.save(force_insert=True)
    acting.record(f"person:{person.id}", after=person_image(person), sealed=True)
    acting.record(f"account:{account.id}", after=account_image(account), sealed=True)
    return person.id


def _principal(row: Row, *, unit: Unit, role: str) -> Post | None:
    login = text_in(row, "deputy_of")
    if not login:
        return None
    posts: Any = Post.objects.filter(person__account__login=login, unit=unit, role=role, deputy_of=None)
    principal: Post | None = posts.order_by("-valid_from").first()
    if principal is None:
        raise Conflict(
            _("%(value)s has no such post to stand in for."), field="deputy_of", value=login[:64],
            remedy=_("Put the row of that post first."),
        )  # fmt: skip
    return principal
