"""An order in the hands of an act: locked, checked against the flow, changed, and written with its event and entry.

case = open_case(acting, order_id, expected_version=3)
case.order.accepted_at = acting.now
case.stop("accept")
case.settle(note="…")
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext_lazy

from tianqu.base.errors import Conflict, InvalidInput, NotFound, NotPermitted, _
from tianqu.base.texts import clean_text
from tianqu.base.working_time import Duration
from tianqu.kernel.journal.api import Acting, Actor, writing
from tianqu.kernel.orders.announcing import announce
from tianqu.kernel.orders.catalogue import KnownItem, item_version, realm_calendar
from tianqu.kernel.orders.clocks import (
    ClockTimes,
    extend_clock,
    pause_clock,
    resettle_clock,
    resume_clock,
    start_clock_of,
    stop_clock,
)
from tianqu.kernel.orders.flow import Step, Who
from tianqu.kernel.orders.images import order_image
from tianqu.kernel.orders.models import Audience, Clock, Event, Order, Publication, State
from tianqu.kernel.orders.names import act_name, state_name
from tianqu.kernel.orders.terms import search_terms
from tianqu.kernel.orders.walls import is_asker, is_taker
from tianqu.kernel.places.api import path_is_under, require, scope_for

NOTE_CHARACTERS_MAX = 5_000


@dataclass(slots=True)
class Case:
    """An order that an act has locked, with its running clocks and the part in which the actor acts."""

    acting: Acting
    order: Order
    step: Step
    part: Who
    item: KnownItem
    clocks: dict[str, Clock]
    from_state: State
    changed: list[Clock] = field(default_factory=list)  # in the order in which they must be written

    @property
    def by(self) -> str:
        """The post, unit or part that acts, for the proof of a clock; never a person."""
        actor = self.acting.actor
        if self.part is Who.ASKER:
            return "asker"
        return f"post:{actor.post_id}" if actor.post_id else "taker" if self.part is Who.TAKER else "system"

    def start(self, kind: str, *, duration: Duration | None = None) -> None:
        """Start a clock of the item's duration, or of one that is given, unless one of its kind runs already."""
        running = self.clocks.get(kind)
        if running is not None and running.stopped_at is None:
            return
        duration = duration or self.item.duration(kind, urgency=self.order.urgency)
        times = start_clock_of(realm_calendar(), kind, self.acting.now, duration)
        clock = self.clocks[kind] = Clock(
            order=self.order, kind=kind, started_at=self.acting.now, due_at=times.due_at,
            check_at=times.due_at, proof=times.proof,
        )  # fmt: skip
        self.changed.append(clock)

    def stop(self, *kinds: str) -> None:
        """Stop the clocks of these kinds that run. One that is over time has been breached, found or not."""
        for kind in kinds:
            clock = self.clocks.get(kind)
            if clock is None or clock.stopped_at is not None:
                continue
            times = stop_clock(realm_calendar(), clock.proof, self.acting.now)
            if times.proof["events"][-1]["late"] and clock.breached_at is None:
                clock.breached_at = clock.due_at
            self._set(clock, times)
            clock.stopped_at, clock.check_at = self.acting.now, None

    def stop_all(self) -> None:
        """Stop every clock that runs."""
        self.stop(*self.clocks)

    def pause(self, kind: str, *, reason: str) -> None:
        """Stop counting until the clock is resumed."""
        clock = self.clocks.get(kind)
        if clock is None or clock.paused_at is not None:
            return
        times = pause_clock(realm_calendar(), clock.proof, self.acting.now, by=self.by, reason=reason)
        self._set(clock, times)
        clock.paused_at, clock.check_at = self.acting.now, None

    def resume(self, kind: str) -> None:
        """Count on."""
        clock = self.clocks.get(kind)
        if clock is None or clock.paused_at is None:
            return
        times = resume_clock(realm_calendar(), clock.proof, self.acting.now, by=self.by)
        self._set(clock, times)
        clock.paused_at, clock.check_at = None, times.due_at

    def extend(self, kind: str, *, reason: str, working_days: int | None = None, minutes: int | None = None) -> None:
        """Move a clock's due time by working days or minutes, within what the item allows in all."""
        clock = self.clocks.get(kind)
        if clock is None:
            raise Conflict(_("No clock runs that could be extended."), field="clock", value=kind)
        limit = self.item.duration("extend", urgency=self.order.urgency)
        times = extend_clock(
            realm_calendar(), clock.proof, self.acting.now, by=self.by, reason=reason,
            working_days=working_days, minutes=minutes, limit=limit,
        )  # fmt: skip
        self._set(clock, times)
        clock.check_at = times.due_at

    def recount(self) -> dict[str, tuple[str, str]]:
        """Count every running clock anew by today's calendar. Returns the due times that moved, before and after."""
        moved = {}
        for kind, clock in self.clocks.items():
            before = clock.proof
            times = resettle_clock(realm_calendar(), before)
            if clock.stopped_at is not None or times.proof == before:
                continue
            self._set(clock, times)
            if clock.check_at is not None and clock.breached_at is None:
                clock.check_at = times.due_at
            if times.proof["due_at"] != before["due_at"]:
                moved[kind] = (before["due_at"], times.proof["due_at"])
        return moved

    def settle(
        self,
        *,
        to_state: State | None = None,
        note: str = "",
        audience: Audience | None = None,
        data: Mapping[str, Any] | None = None,
    ) -> Event:
        """Write the order as it now is, its clocks, its event, what the public sees of it, and its entry."""
        order, acting = self.order, self.acting
        event = self.turned(to_state=to_state, note=note, audience=audience, data=data)
        with writing(acting):
            order.save(force_update=True)
            for clock in self.changed:
                clock.save()
            event.save(force_insert=True)
            if order.published_at is not None:
                _republish(order, from_state=self.from_state)
        announce(self, event)
        self._record(event)
        if self.step.after is not None:
            self.step.after(acting, order, event)
        return event

    def turned(
        self,
        *,
        to_state: State | None = None,
        note: str = "",
        audience: Audience | None = None,
        data: Mapping[str, Any] | None = None,
    ) -> Event:
        """Let the order be what it is after the step, and return the event of that; nothing is written."""
        order = self.order
        order.state = to_state or self.step.whither or self.from_state
        order.updated_at = self.acting.now
        order.last_event += 1
        if not self.step.several:
            order.version += 1
        self._note_deadlines()
        return self._event(note, audience or self.step.audience, data or {})

    def _record(self, event: Event) -> None:
        """Record the order as it is now; who asked is not named where the asker chose so, in the log either."""
        acting, order, actor = self.acting, self.order, self.acting.actor
        if self.part is Who.ASKER and order.identity != "open":
            acting.actor = replace(actor, person_id=None)
        acting.record(
            f"order:{order.id}", after=order_image(order, event, self.clocks.values(), item=self.item),
            sealed=self.item.flow.sealed,
        )  # fmt: skip
        acting.actor = actor

    def _set(self, clock: Clock, times: ClockTimes) -> None:
        clock.due_at, clock.proof = times.due_at, times.proof
        if all(clock is not changed for changed in self.changed):
            self.changed.append(clock)

    def _note_deadlines(self) -> None:
        running = {kind: clock for kind, clock in self.clocks.items() if clock.stopped_at is None}
        for kind, column in (("accept", "due_accept_at"), ("finish", "due_done_at")):
            if kind in running:
                setattr(self.order, column, running[kind].due_at)
        counting = [clock.due_at for clock in running.values() if clock.paused_at is None]
        self.order.due_next_at = min(counting, default=None)

    def _event(self, note: str, audience: Audience, data: Mapping[str, Any]) -> Event:
        actor, asks = self.acting.actor, self.part is Who.ASKER
        kind = "asker" if asks else "post" if actor.post_id else "taker" if self.part is Who.TAKER else "system"
        return Event(
            order=self.order, sequence=self.order.last_event, at=self.acting.now, act=self.acting.act,
            actor_kind=kind, actor_person_id=None if asks else actor.person_id,
            actor_post_id=None if asks else actor.post_id, actor_unit_id=None if asks else actor.unit_id,
            from_state=self.from_state, to_state=self.order.state, note=note, audience=audience,
            data=dict(data),
        )  # fmt: skip


def may_by_role(acting: Acting, /, **arguments: Any) -> None:
    """Refuse an actor whose role does not hold the act at all; the flow asks the rest once the order is locked."""
    require(acting.actor, acting.act)


def open_case(acting: Acting, order_id: UUID, *, expected_version: int | None = None, act: str | None = None) -> Case:
    """Lock an order within the actor's sight and check that this act may be done to it now.

    ``expected_version`` is the version the actor looked at. Raises ``NotFound``, ``NotPermitted``, or ``Conflict``
    that says what happened meanwhile, who did it (by post) and when.
    """
    name = act or acting.act
    order = Order.objects.select_for_update().filter(id=order_id).first()
    if order is None:
        _refuse_own_doing(acting, order_id, name)
        raise NotFound(_("There is no such request."), field="order_id", value=str(order_id))
    step = _step_of(order, name)
    try:
        part = _part_of(acting, order, step)
    except NotPermitted:
        _refuse_own_doing(acting, order_id, name)
        raise
    moved = expected_version is not None and order.version != expected_version
    if order.state not in step.whence or (moved and not step.several):
        raise _changed_meanwhile(order, step)
    if step.check is not None:
        step.check(acting, order)
    return load_case(acting, order, step=step, part=part)


def load_case(acting: Acting, order: Order, *, step: Step, part: Who) -> Case:
    """Make a case of an order that is locked already, with the clocks that run."""
    running = Clock.objects.filter(order_id=order.id, stopped_at=None)
    return Case(
        acting=acting,
        order=order,
        step=step,
        part=part,
        item=item_version(order.item_id),
        clocks={clock.kind: clock for clock in running},
        from_state=State(order.state),
    )


def _step_of(order: Order, act: str) -> Step:
    """The step by which an act moves an order, by the flow of its item. Raises ``Conflict`` where there is none."""
    step = item_version(order.item_id).flow.step(act)
    if step is None:
        raise Conflict(
            _("Requests of this kind are not handled by this step (%(act)s)."), field="order_id", value=str(order.id),
            act=act, remedy=_("Look at the request for what can be done with it."),
        )  # fmt: skip
    return step


def _part_of(acting: Acting, order: Order, step: Step) -> Who:
    """In which part the actor acts. An office comes before the asker: a clerk's own request is refused to them."""
    actor = acting.actor
    answerable = order.unit_id if order.state != State.RETURNED else None
    if actor.scope.everything and actor.post_id is None and Who.SYSTEM in step.who:
        return Who.SYSTEM
    if actor.scope.everything:
        return Who.OVERSIGHT if Who.OVERSIGHT in step.who else Who.UNIT
    if Who.UNIT in step.who and answerable is not None and answerable in actor.scope.unit_ids:
        return Who.UNIT
    if Who.OVERSIGHT in step.who and actor.post_id is not None and oversees(actor, order, act=step.act):
        return Who.OVERSIGHT
    if Who.TAKER in step.who and is_taker(actor, order.id):
        return Who.TAKER
    if Who.ASKER in step.who and actor.post_id is None and is_asker(actor, order.id):
        return Who.ASKER
    raise NotPermitted(
        _("This is not yours to do with this request (%(permission)s)."),
        remedy=_("Ask the unit or the person whose part it is."),
        permission=step.act,
    )


def oversees(actor: Actor, order: Order, *, act: str) -> bool:
    """Say whether an order lies in a place that an act opens to the actor."""
    return any(path_is_under(order.place_path, above=path) for path in scope_for(actor, act).place_paths)


def _refuse_own_doing(acting: Acting, order_id: UUID, act: str) -> None:
    """Say what happened where a colleague was quicker and their act took the order out of the actor's hands.

    Raises ``Conflict`` only if the order's last step was the actor's own unit's: what others did there is not told.
    """
    units = acting.actor.scope.unit_ids
    if not units:
        return
    told: Conflict | None = None
    with writing(acting):
        order = Order.objects.filter(id=order_id).first()
        last = Event.objects.filter(order_id=order_id).order_by("-sequence").first()
        theirs = last is not None and last.actor_unit_id in units
        if order is not None and theirs and order.state not in (step := _step_of(order, act)).whence:
            told = _changed_meanwhile(order, step)
    if told is not None:
        raise told


def _changed_meanwhile(order: Order, step: Step) -> Conflict:
    """Say what happened, who did it and when, to somebody who came too late."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT event.act, event.at, event.actor_kind, coalesce(nullif(post.title, ''), post.role), unit.name"
            " FROM orders_event event LEFT JOIN places_post post ON post.id = event.actor_post_id"
            " LEFT JOIN places_unit unit ON unit.id = event.actor_unit_id"
            " WHERE event.order_id = %s ORDER BY event.sequence DESC LIMIT 1",
            [order.id],
        )
        row = cursor.fetchone()
    act, at, kind, post, unit = row if row is not None else ("", order.updated_at, "system", None, None)
    return Conflict(
        _("This request is now “%(state)s”: %(act)s by %(by)s, %(at)s."),
        field="version", value=order.version, remedy=_("Look at it again before you go on."),
        state=state_name(order.state, flow=item_version(order.item_id).flow), act=act_name(act), at=_minute(at),
        by=" ".join(filter(None, (unit, post))) or str(_KINDS.get(kind, kind)),
        state_code=str(order.state), act_code=act, wanted=step.act,
    )  # fmt: skip


_KINDS = {"asker": gettext_lazy("the asker"), "system": gettext_lazy("the clock"), "post": gettext_lazy("an office"),
          "taker": gettext_lazy("who took it")}  # fmt: skip


def _minute(at: datetime) -> str:
    return f"{at.astimezone(realm_calendar().zone):%Y-%m-%d %H:%M}"


def _republish(order: Order, *, from_state: State) -> None:
    """Show the public where a published order now stands; a fresh answer is shown as the unit wrote it."""
    shown = Publication.objects.filter(order_id=order.id).first()
    if shown is None:
        return
    shown.state, shown.unit_id, shown.updated_at = order.state, order.unit_id, order.updated_at
    shown.done_at, shown.due_done_at = order.done_at, order.due_done_at
    if order.state in (State.DONE, State.REFUSED) and from_state != order.state:
        shown.answer = order.answer_public
        shown.terms = search_terms(f"{shown.title}\n{shown.question}\n{shown.answer}")
    shown.save()


def clean_note(text: str, *, field: str = "note", wanted: bool = False) -> str:
    """Return a note without blanks around it. Raises ``InvalidInput`` for a missing or unprintable one."""
    if wanted and not text.strip():
        raise InvalidInput(_("A reason is needed here."), field=field, remedy=_("Say in a sentence why."))
    return clean_text(text, field=field, most=NOTE_CHARACTERS_MAX)
