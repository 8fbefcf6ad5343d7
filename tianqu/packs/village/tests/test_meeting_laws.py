"""What holds of the six steps whatever was held: quorums counted person by person, days counted one by one."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from tianqu.packs.village.meetings.procedure import (
    COLLECTIVE,
    NOT_DELEGATED,
    STEPS,
    Cadence,
    Disclosed,
    Disclosure,
    MatterFacts,
    MatterKind,
    Meeting,
    MeetingBody,
    Step,
    next_step,
)
from tianqu.packs.village.meetings.rules import STEP_RULES, carried, judge_matter
from tianqu.packs.village.rules.policy import Policy
from tianqu.packs.village.words import finding_said

POLICY = Policy()
DAYS = st.dates(date(2009, 1, 1), date(2027, 12, 31))
EVERY_BODY = st.sampled_from(MeetingBody)
COLLECTIVES_DAY, COMMITTEES_DAY = date(2025, 5, 1), date(2010, 10, 28)


def part_of(most: int) -> st.SearchStrategy[int]:
    """How many of ``most``: any number, and as often one at or next to a half or two thirds."""
    edges = {most // 2, (most + 1) // 2, most // 2 + 1, 2 * most // 3, -(-2 * most // 3), 2 * most // 3 + 1}
    return st.one_of(st.integers(0, most), st.sampled_from(sorted(edge for edge in edges if edge <= most)))


@st.composite
def meetings(draw: st.DrawFn, bodies: st.SearchStrategy[MeetingBody] = EVERY_BODY) -> Meeting:
    entitled = draw(st.integers(1, 60))
    present = draw(part_of(entitled))
    held_on = draw(DAYS)
    notice_on = draw(st.one_of(st.none(), st.integers(0, 20).map(lambda days: held_on - timedelta(days=days))))
    return Meeting(
        draw(bodies), held_on, entitled, present, draw(part_of(present)),
        notice_on, draw(st.one_of(st.none(), st.integers(1, 60))), draw(st.integers(0, 2)),
    )  # fmt: skip


@st.composite
def matters(draw: st.DrawFn) -> MatterFacts:
    disclosures = draw(st.lists(st.builds(
        lambda what, day, days: Disclosure(
            what, day, day - timedelta(days=days) if what is Disclosed.RESULT and days is not None else None
        ), st.sampled_from(Disclosed), DAYS, st.one_of(st.none(), st.integers(0, 400)),
    ), max_size=3))  # fmt: skip
    held = draw(st.lists(meetings(), max_size=6))
    return MatterFacts(
        draw(st.sampled_from(MatterKind)), draw(st.sampled_from(Cadence)), tuple(held), tuple(disclosures),
        draw(st.one_of(st.none(), DAYS)),
    )  # fmt: skip


def least(of: int, share: Fraction, *, more: bool) -> int:
    """The fewest persons who are a share of ``of``, or ``more`` than it: found by trying one after the other."""
    return next(count for count in range(of + 2) if (count > share * of if more else count >= share * of))


def expected(matter: MatterFacts, held: Meeting) -> set[str]:
    """What is wrong with the votes of a resolution, by the words of the law and by trying."""
    delegates = held.body is MeetingBody.REPRESENTATIVES
    thirds = least(held.entitled, Fraction(2, 3), more=False)
    wrong = set()
    if matter.kind in COLLECTIVE and held.held_on >= COLLECTIVES_DAY:
        if delegates and matter.kind in NOT_DELEGATED:
            wrong.add("delegated")
        if not delegates and held.present < thirds:
            wrong.add("quorum")
        if held.agreed < thirds:
            wrong.add("majority")
    elif held.held_on >= COMMITTEES_DAY:
        if held.present < (thirds if delegates else least(held.entitled, Fraction(1, 2), more=True)):
            wrong.add("quorum")
        if held.agreed < least(held.present, Fraction(1, 2), more=True):
            wrong.add("majority")
    return wrong


RESOLVING = st.sampled_from([MeetingBody.MEMBERS, MeetingBody.REPRESENTATIVES])


@settings(max_examples=400)
@given(meetings(RESOLVING), st.sampled_from(MatterKind))
def test_a_resolution_is_counted_as_one_counts_heads(held: Meeting, kind: MatterKind) -> None:
    matter = MatterFacts(kind, Cadence.QUARTERLY, (held,))
    found = list(judge_matter(matter, policy=POLICY, today=held.held_on))
    verdicts = {one.verdict for one in found if one.rule == "resolution_record"} - {"no_notice", "short_notice"}
    assert verdicts == expected(matter, held)
    assert carried(matter, policy=POLICY, today=held.held_on) == (not verdicts & {"quorum", "majority"})
    short = {one.verdict for one in found if one.verdict in ("no_notice", "short_notice")}
    announced = held.notice_on is not None and held.notice_on + timedelta(days=10) <= held.held_on
    asked = held.body is MeetingBody.MEMBERS and held.held_on >= COMMITTEES_DAY
    assert bool(short) == (asked and not announced)


@given(meetings(st.sampled_from([MeetingBody.BRANCH, MeetingBody.COMMITTEES, MeetingBody.PARTY_MEMBERS])))
def test_the_party_and_the_committees_are_counted_as_one_counts_heads(held: Meeting) -> None:
    matter = MatterFacts(MatterKind.OTHER, Cadence.QUARTERLY, (held,))
    found = {one.verdict for one in judge_matter(matter, policy=POLICY, today=held.held_on)}
    half = least(held.entitled, Fraction(1, 2), more=held.body is MeetingBody.COMMITTEES)
    of = held.entitled if held.body is MeetingBody.PARTY_MEMBERS else held.present
    assert ("quorum" in found) == (held.present < half)
    assert ("majority" in found) == (held.agreed < least(of, Fraction(1, 2), more=True))


def walked(day: date, cadence: Cadence) -> date:
    """The last day in time, by walking through the months one by one; a day that a month has not is its next first."""
    if cadence is Cadence.AT_ONCE:
        return day + timedelta(days=3)
    year, month = day.year, day.month
    for _month in range(3 if cadence is Cadence.QUARTERLY else 1):
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    if day.day <= monthrange(year, month)[1]:
        return date(year, month, day.day)
    return date(year, month, monthrange(year, month)[1]) + timedelta(days=1)


@given(DAYS, st.integers(0, 200), st.sampled_from(Cadence), DAYS)
def test_a_disclosure_is_late_when_its_last_day_has_passed(
    resolved: date, later: int, cadence: Cadence, today: date
) -> None:
    held = Meeting(MeetingBody.MEMBERS, resolved, 3, 3, 3)
    posted, last = resolved + timedelta(days=later), walked(resolved, cadence)

    def verdicts(*disclosures: Disclosure) -> set[tuple[str, int | None]]:
        matter = MatterFacts(MatterKind.OTHER, cadence, (held,), disclosures)
        return {
            (one.verdict, dict(one.numbers)["late_days"])  # type: ignore[misc]
            for one in judge_matter(matter, policy=POLICY, today=today)
            if one.rule == "disclosure" and one.step is Step.DISCLOSE_RESOLUTION
        }

    law = COMMITTEES_DAY  # there was none before
    told = {("late", (posted - last).days)} if posted > last and posted >= law else set()
    assert verdicts(Disclosure(Disclosed.RESOLUTION, posted)) == told
    missing = {("missing", (today - last).days)} if today > last and resolved >= law else set()
    assert verdicts() == missing


@given(matters(), DAYS)
def test_whatever_was_held_is_judged_in_words_and_by_a_version_of_its_day(matter: MatterFacts, today: date) -> None:
    for finding in judge_matter(matter, policy=POLICY, today=today):
        assert "%(" not in finding_said(finding)
        rules = [
            rule for rule in STEP_RULES
            if rule.code == finding.rule and finding.step in rule.steps and matter.kind in rule.matters
        ]  # fmt: skip
        assert any(finding.version in rule.versions for rule in rules)
        event = matter.event(finding.step)
        assert event is None or finding.version.holds_on(event.day)


@given(matters(), DAYS)
def test_what_is_next_is_the_first_that_is_missing_or_was_not_carried(matter: MatterFacts, today: date) -> None:
    stands = carried(matter, policy=POLICY, today=today)
    step = next_step(matter, carried=stands)
    taken = [one for one in STEPS if matter.event(one) is not None and (one is not Step.RESOLVE or stands)]
    if step is None:
        assert taken == list(STEPS)
    else:
        assert step not in taken and set(STEPS[: STEPS.index(step)]) <= set(taken)
    for one in STEPS[:4]:
        held = [meeting.held_on for meeting in matter.meetings if meeting.step is one]
        counting = matter.meeting(one)
        assert (counting.held_on if counting else None) == max(held, default=None)
