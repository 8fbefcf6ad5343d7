"""What waits for a post, as statements with the way to it: questions, months, findings, papers, matters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from django.urls import reverse
from django.utils.translation import gettext

from tianqu.kernel.journal.api import Actor
from tianqu.kernel.pack.api import PageRequest, Waiting
from tianqu.kernel.places.api import can
from tianqu.packs.village.desk.models import ReviewState
from tianqu.packs.village.keeping.pages import month_address
from tianqu.packs.village.keeping.words import month_said
from tianqu.packs.village.start import queries
from tianqu.packs.village.start.queries import Waited

# Whoever may do none of these has nothing to do here: villagers read, and ask like everybody.
WORKING: Final = (
    "village.enter_voucher", "village.answer_finding", "village.attest_step", "village.open_finding",
    "village.close_finding",
)  # fmt: skip


def waiting(request: PageRequest) -> list[Waiting] | None:
    """Return what waits for this post, nothing that does not; None for a post that does not work for villages."""
    actor = request.actor
    if not any(can(actor, permission) for permission in WORKING):
        return None
    return [one for one in (*_of_village(actor), *_of_oversight(actor)) if one.count]


def _of_village(actor: Actor) -> Iterator[Waiting]:
    if can(actor, "orders.accept"):
        title = gettext("Questions and requests to answer")
        yield _dated(title, queries.requests_open(actor), address=reverse("inbox"))
    if can(actor, "village.finish_month"):
        for one in queries.months_to_finish(actor):
            title = gettext("Months to finish, beginning with %(month)s") % {"month": month_said(one.first)}
            yield Waiting(title, one.count, month_address(one.book, one.first))
    if can(actor, "village.answer_finding"):
        title, address = gettext("Findings to answer"), f"{reverse('village:findings')}?state=open"
        yield _dated(title, queries.findings_to_answer(actor), address=address)
    if can(actor, "village.give_papers"):
        title = gettext("Contracts and vouchers for which papers are asked")
        yield _dated(
            title, queries.reviews_in(actor, ReviewState.ASKED), address=f"{reverse('village:reviews')}?state=asked"
        )
    if can(actor, "village.enter_disclosure"):
        told = queries.matters_due(actor)
        state = "late" if told.count == told.late else "open"
        yield _dated(gettext("Matters to disclose"), told, address=f"{reverse('village:matters')}?state={state}")
    if can(actor, "village.attest_step"):
        title = gettext("Votes to attest as a second person")
        yield _dated(title, queries.votes_to_attest(actor), address=f"{reverse('village:matters')}?state=flagged")


def _of_oversight(actor: Actor) -> Iterator[Waiting]:
    if can(actor, "village.close_finding"):
        title, address = gettext("Answered findings to close, dismiss or send back"), reverse("village:findings")
        yield _since(title, queries.findings_to_decide(actor), address=f"{address}?state=done")
        yield _since(gettext("Second looks to take"), queries.second_looks(actor), address=reverse("village:drawings"))
    if can(actor, "village.open_finding") or can(actor, "village.close_finding"):
        title, told = gettext("Findings that no village answered in time"), queries.findings_past_their_day(actor)
        yield Waiting(title, told.count, f"{reverse('village:findings')}?late=on", told.first, told.count)
    if can(actor, "village.draw_sample"):
        for state, title in (
            (ReviewState.GIVEN, gettext("Papers handed in, to be looked at")),
            (ReviewState.OPEN, gettext("Contracts and vouchers drawn, to be looked at")),
        ):  # fmt: skip
            yield _since(
                title, queries.reviews_in(actor, state), address=f"{reverse('village:reviews')}?state={state.value}"
            )


def _dated(title: str, told: Waited, *, address: str) -> Waiting:
    return Waiting(title, told.count, address, told.first, told.late)


def _since(title: str, told: Waited, *, address: str) -> Waiting:
    return Waiting(title, told.count, address, since=told.first)
