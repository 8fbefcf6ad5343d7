"""The forms of the acts: what each asks for, and how what was sent becomes the act's arguments.

A form's fields carry the act's verb in front ("refuse-reason"), so that many forms stand on one page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from tianqu.base.errors import InvalidInput, at_field
from tianqu.kernel.files.api import discard_file, store_file
from tianqu.kernel.journal.api import Actor, registered_acts
from tianqu.kernel.orders import api
from tianqu.kernel.orders.api import OrderDetail, State
from tianqu.web.desk.finding import order_typed, unit_typed
from tianqu.web.desk.words import AUDIENCES, EXCLUSIONS, OUTCOMES, RATES, REFUSALS, SATISFACTIONS, options

PARTS: Final = 3  # places for parts in the form; splitting again makes more
FILES_MAX: Final = 5  # taken at once
# What a field offers: for one request, or, given None, for what is done to many at once.
Options = Callable[[OrderDetail | None], list[tuple[str, Promise | str]]]


@dataclass(frozen=True, slots=True)
class Ask:
    """One field of a form. ``kind``: line, area, number, unit, choice, radios, yes_no, tick or files."""

    name: str
    kind: str
    label: Promise
    hint: Promise | str = ""
    required: bool = True
    options: Options | None = None
    begin: Callable[[OrderDetail | None], str] | None = None  # what the field holds at first


@dataclass(frozen=True, slots=True)
class Sent:
    """What a form sent, without the verb in front of the names."""

    actor: Actor
    order_id: UUID
    verb: str
    fields: QueryDict
    files: MultiValueDict[str, UploadedFile[Any]]
    stored: list[UUID] = field(default_factory=list)  # files that nothing holds yet

    def text(self, name: str) -> str:
        """What was typed into a field, "" for nothing."""
        return self.fields.get(f"{self.verb}-{name}", "")

    def answer(self, name: str) -> bool | None:
        """A yes, a no, or nothing."""
        return {"yes": True, "no": False}.get(self.text(name))

    def whole(self, name: str) -> int:
        """A whole number. Raises ``InvalidInput``."""
        text = self.text(name).strip()
        if not (text.isascii() and text.isdigit() and len(text) <= 6):
            raise InvalidInput(
                gettext_noop("This is not a whole number."),
                field=name,
                value=text[:20],
                remedy=gettext_noop("Type digits only."),
            )
        return int(text)

    def unit(self, name: str) -> UUID:
        """The unit that was named."""
        return unit_typed(self.text(name), field=name).id

    def taken(self, name: str) -> list[UUID]:
        """Check and store the files that were sent, and return their identifiers. An act attaches them."""
        given = self.files.getlist(f"{self.verb}-{name}")
        if len(given) > FILES_MAX:
            raise InvalidInput(gettext_noop("At most %(most)s files are taken at once."), field=name, most=FILES_MAX)
        for one in given:
            try:
                stored = store_file(self.actor, content=one.read(), name=one.name or "file")
            except InvalidInput as error:
                raise at_field(error, name) from error
            self.stored.append(stored.id)
        return list(self.stored)

    def discard(self) -> None:
        """Take back the stored files that nothing holds: the act that they were for was refused."""
        for file_id in self.stored:
            discard_file(self.actor, file_id=file_id)
        self.stored.clear()


Arguments = Callable[[Sent], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Deed:
    """An act as the page offers it."""

    act: str
    button: Promise
    asks: tuple[Ask, ...] = ()
    arguments: Arguments | None = None  # None: each field's text under the field's name
    versioned: bool = True  # the act compares the version that its doer looked at
    offered: Callable[[OrderDetail], bool] | None = None
    carry_out: Callable[[Sent], Any] | None = None  # for what is more than one call of the act

    @property
    def verb(self) -> str:
        """The act's name in addresses."""
        return self.act.removeprefix("orders.").replace("_", "-")

    @property
    def with_files(self) -> bool:
        """Whether the form sends files."""
        return any(ask.kind == "files" for ask in self.asks)

    def perform(self, sent: Sent, *, version: int | None) -> Any:
        """Do the act. Files that were sent with it stay only if it succeeds."""
        try:
            return self._perform(sent, version=version)
        except Exception:
            sent.discard()
            raise

    def _perform(self, sent: Sent, *, version: int | None) -> Any:
        if self.carry_out is not None:
            return self.carry_out(sent)
        arguments: dict[str, Any] = {ask.name: sent.text(ask.name) for ask in self.asks}
        if self.arguments is not None:
            arguments = self.arguments(sent)
        if self.versioned:
            arguments["expected_version"] = version
        return registered_acts()[self.act].perform(sent.actor, order_id=sent.order_id, **arguments)


def _among(words: Mapping[str, Promise], codes: tuple[str, ...]) -> Options:
    return lambda detail: options(words, among=codes)


def _dispatch(sent: Sent) -> dict[str, Any]:
    return {"unit_id": sent.unit("unit_id"), "reason": sent.text("reason")}


def _adjudicate(sent: Sent) -> dict[str, Any]:
    return {
        "unit_id": sent.unit("unit_id"), "reason": sent.text("reason"), "legal_basis": sent.text("legal_basis"),
        "make_rule": bool(sent.text("make_rule")),
    }  # fmt: skip


def _return(sent: Sent) -> dict[str, Any]:
    nominee = sent.unit("nominee_unit_id") if sent.text("nominee_unit_id").strip() else None
    return {"legal_basis": sent.text("legal_basis"), "reason": sent.text("reason"), "nominee_unit_id": nominee}


def _extend(sent: Sent) -> dict[str, Any]:
    in_minutes = sent.text("measure") == "minutes"
    return {"reason": sent.text("reason"), "minutes" if in_minutes else "working_days": sent.whole("working_days")}


def _hand_over(sent: Sent) -> dict[str, Any]:
    try:
        post_id = UUID(sent.text("post_id"))
    except ValueError as error:
        raise InvalidInput(gettext_noop("Choose a colleague."), field="post_id") from error
    return {"post_id": post_id, "note": sent.text("note")}


def _finish(sent: Sent) -> dict[str, Any]:
    if not sent.text("answer_public").strip():
        raise InvalidInput(
            gettext_noop("An answer is needed here."), field="answer_public", remedy=gettext_noop("Say what was done.")
        )
    return {
        "answer_public": sent.text("answer_public"), "answer_private": sent.text("answer_private"),
        "files": sent.taken("evidence"),
    }  # fmt: skip


def _attach(sent: Sent) -> None:
    if not sent.taken("file"):
        raise InvalidInput(gettext_noop("Choose a file."), field="file")
    audience = sent.text("audience") or "internal"
    while sent.stored:
        api.attach_file(sent.actor, order_id=sent.order_id, file_id=sent.stored[0], audience=audience)
        sent.stored.pop(0)


def _merge(sent: Sent) -> dict[str, Any]:
    return {"into": order_typed(sent.actor, sent.text("into"), field="into"), "reason": sent.text("reason")}


def _split(sent: Sent) -> dict[str, Any]:
    parts = []
    for number in range(1, PARTS + 1):
        title, description = sent.text(f"title{number}").strip(), sent.text(f"description{number}").strip()
        if bool(title) != bool(description):
            raise InvalidInput(
                gettext_noop("A part needs both a title and its matter."),
                field=f"description{number}" if title else f"title{number}",
            )
        if title:
            parts.append(api.Part(title=title, description=description))
    if not parts:
        raise InvalidInput(gettext_noop("Describe at least one part."), field="title1")
    return {"parts": parts, "reason": sent.text("reason")}


def _call_back(sent: Sent) -> dict[str, Any]:
    return {
        "outcome": sent.text("outcome"), "contacted": sent.answer("contacted"), "solved": sent.answer("solved"),
        "satisfaction": sent.text("satisfaction"), "note": sent.text("note"),
    }  # fmt: skip


REASON: Final = Ask("reason", "area", _("Reason"))
REASON_IF_ANY: Final = Ask("reason", "area", _("Reason"), required=False)
NOTE: Final = Ask("note", "area", _("Remark"), required=False)
NOTE_WANTED: Final = Ask("note", "area", _("Reason"))
BASIS: Final = Ask("legal_basis", "line", _("Legal basis"), _("Law, article, or the list of duties."))
UNIT: Final = Ask("unit_id", "unit", _("Unit"), _("Name or code. The list offers those that answer for this place."))
AUDIENCE: Final = Ask(
    "audience", "radios", _("Who reads it"), options=lambda detail: options(AUDIENCES), begin=lambda detail: "internal"
)


def _split_asks() -> tuple[Ask, ...]:
    asks: list[Ask] = []
    for number in range(1, PARTS + 1):
        first = number == 1
        asks += [
            Ask(f"title{number}", "line", _("Title of a part"), required=first),
            Ask(f"description{number}", "area", _("Its matter"), required=first),
        ]
    return (*asks, REASON_IF_ANY)


def _running_exclusions(detail: OrderDetail | None) -> list[tuple[str, Promise | str]]:
    if detail is None:
        return []
    return options(RATES, among=tuple(one.rate for one in detail.exclusions if one.ended_at is None))


def _call_due(detail: OrderDetail) -> bool:
    now_round = detail.order.reopen_count
    return any(call.done_at is None and call.round == now_round for call in detail.call_backs)


# In the order in which the page offers them; what comes first and is offered is the main act.
DEEDS: Final = (
    Deed("orders.accept", _("Accept"), (NOTE,)),
    Deed(
        "orders.finish",
        _("Answer and finish"),
        (
            Ask("answer_public", "area", _("Answer"), _("May be shown to everybody: name nobody in it.")),
            Ask("answer_private", "area", _("For the asker alone"), required=False),
            Ask(
                "evidence",
                "files",
                _("Evidence"),
                _("Photos or papers that show what was done, at most five."),
                required=False,
            ),
        ),
        _finish,
    ),
    Deed(
        "orders.adjudicate",
        _("Rule who is answerable"),
        (
            UNIT,
            REASON,
            BASIS,
            Ask("make_rule", "tick", _("From now on, dispatch this item in this place so"), required=False),
        ),
        _adjudicate,
    ),
    Deed(
        "orders.dispatch",
        _("Dispatch"),
        (UNIT, REASON_IF_ANY),
        _dispatch,
        offered=lambda detail: not (detail.order.state == State.RETURNED and detail.order.return_count >= 2),
    ),
    Deed(
        "orders.answer",
        _("Answer on the spot"),
        (
            Ask("answer_public", "area", _("Answer"), _("May be shown to everybody: name nobody in it.")),
            Ask("answer_private", "area", _("For the asker alone"), required=False),
        ),
    ),
    Deed("orders.answer_question", _("Answer for the asker"), (Ask("answer", "area", _("What the asker says")),)),
    Deed("orders.resume", _("Go on without the answer"), (NOTE,)),
    Deed(
        "orders.call_back",
        _("Keep what came of the call"),
        (
            Ask("outcome", "choice", _("Outcome"), options=_among(OUTCOMES, api.OUTCOMES)),
            Ask("contacted", "yes_no", _("The unit got in touch"), required=False),
            Ask("solved", "yes_no", _("The matter is solved"), required=False),
            Ask(
                "satisfaction",
                "choice",
                _("Satisfaction"),
                required=False,
                options=_among(SATISFACTIONS, api.SATISFACTIONS),
            ),
            NOTE,
        ),
        _call_back,
        offered=_call_due,
    ),
    Deed("orders.close", _("Close"), (NOTE,)),
    Deed("orders.comment", _("Comment"), (Ask("text", "area", _("Comment")), AUDIENCE), versioned=False),
    Deed(
        "orders.return",
        _("Return: not ours"),
        (
            BASIS,
            REASON,
            Ask(
                "nominee_unit_id", "unit", _("Who is answerable instead"), _("Name or code of a unit."), required=False
            ),
        ),
        _return,
        offered=lambda detail: detail.order.ruled_at is None,
    ),
    Deed(
        "orders.ask_back",
        _("Ask the asker"),
        (Ask("question", "area", _("Question"), _("The time to finish stands still until the answer.")),),
    ),
    Deed(
        "orders.extend",
        _("Extend"),
        (
            Ask("working_days", "number", _("By how much")),
            Ask(
                "measure",
                "choice",
                _("Counted in"),
                begin=lambda detail: "days",
                options=lambda detail: [("days", _("working days")), ("minutes", _("minutes (urgent lines)"))],
            ),
            REASON,
        ),
        _extend,
    ),
    Deed(
        "orders.hand_over", _("Hand over to a colleague"), (Ask("post_id", "choice", _("Colleague")), NOTE), _hand_over
    ),
    Deed(
        "orders.refuse",
        _("Refuse"),
        (
            Ask("reason_code", "choice", _("Ground"), options=_among(REFUSALS, api.REFUSAL_REASONS)),
            Ask("reason", "area", _("Reason"), _("The asker reads it, and can object to it.")),
            Ask("legal_basis", "line", _("Legal basis"), required=False),
        ),
    ),
    Deed(
        "orders.merge",
        _("Merge into another"),
        (Ask("into", "line", _("Code of the request with the same cause")), REASON_IF_ANY),
        _merge,
    ),
    Deed("orders.unmerge", _("Take apart again"), (REASON_IF_ANY,)),
    Deed("orders.split", _("Split off parts"), _split_asks(), _split),
    Deed(
        "orders.attach",
        _("Attach files"),
        (Ask("file", "files", _("Files")), AUDIENCE),
        versioned=False,
        carry_out=_attach,
    ),
    Deed(
        "orders.publish",
        _("Publish"),
        (
            Ask(
                "title",
                "line",
                _("Title"),
                _("Take out whatever says who asked or where they live."),
                begin=lambda detail: detail.order.title if detail else "",
            ),
            Ask("question", "area", _("Request"), begin=lambda detail: detail.order.description if detail else ""),
            Ask(
                "answer",
                "area",
                _("Answer"),
                required=False,
                begin=lambda detail: detail.order.answer_public if detail else "",
            ),
        ),
        versioned=False,
        offered=lambda detail: not detail.item.private,
    ),
    Deed(
        "orders.unpublish",
        _("Take out of public sight"),
        (REASON,),
        versioned=False,
        offered=lambda detail: detail.order.published_at is not None,
    ),
    Deed("orders.confirm", _("Keep that the asker confirmed on the phone"), (NOTE_WANTED,)),
    Deed("orders.dispute", _("Keep that the asker disagreed on the phone"), (NOTE_WANTED,)),
    Deed("orders.press", _("Press the unit"), (NOTE_WANTED,), versioned=False),
    Deed("orders.reopen", _("Reopen"), (REASON,)),
    Deed(
        "orders.exclude",
        _("Leave out of a rate"),
        (
            Ask("rate", "choice", _("Rate"), options=_among(RATES, api.RATES)),
            Ask("reason", "choice", _("Ground"), options=_among(EXCLUSIONS, api.EXCLUSION_REASONS)),
            NOTE_WANTED,
        ),
        versioned=False,
    ),
    Deed(
        "orders.include",
        _("Count again"),
        (Ask("rate", "choice", _("Rate"), options=_running_exclusions), NOTE_WANTED),
        versioned=False,
        offered=lambda detail: bool(_running_exclusions(detail)),
    ),
    Deed("orders.recount", _("Count the clocks anew"), versioned=False),
    Deed(
        "orders.unseal",
        _("Look who asked"),
        (Ask("reason", "area", _("Reason"), _("The look is written into the timeline and into the access log.")),),
        versioned=False,
        offered=lambda detail: detail.order.identity == "sealed",
    ),
)
BY_VERB: Final = {deed.verb: deed for deed in DEEDS}


def open_deeds(detail: OrderDetail) -> list[Deed]:
    """Return the acts that this page offers to its reader now; the first is the main one."""
    found = [deed for deed in DEEDS if deed.act in detail.acts and (deed.offered is None or deed.offered(detail))]
    return sorted(found, key=lambda deed: _is_late_resort(deed, detail))


def _is_late_resort(deed: Deed, detail: OrderDetail) -> bool:
    """Say whether an act is possible but not what this request waits for; the order of the others stays."""
    if deed.act == "orders.dispatch":
        return detail.order.state == State.DISPATCHED
    return deed.act == "orders.adjudicate" and detail.order.return_count < 2
