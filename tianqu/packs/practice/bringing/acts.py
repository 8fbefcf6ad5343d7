"""The register that a station kept before: whoever stands in it counts, and has no account here yet.

Whoever it is has the identifier that their team and their number in the old register always have, so that a list sent
again changes nothing. What is written here is what they once gave their station, which keeps it and erases it for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final
from unicodedata import normalize
from uuid import UUID

from tianqu.base.errors import Conflict, InvalidInput, NotFound, _
from tianqu.base.identifiers import named_identifier
from tianqu.base.texts import clean_line
from tianqu.kernel.journal.api import Acting, act, kept_entry, writing
from tianqu.kernel.places.api import may_by_role, require
from tianqu.packs.practice.acts import FIRST_DAY, team_called
from tianqu.packs.practice.models import Team, Volunteer
from tianqu.packs.practice.profiles.acts import (
    become_member,
    erase_within,
    keep_volunteer,
    profile_told,
    record_volunteer,
)

REFERENCE_MAX: Final = 40


@act("practice.register_volunteer", may=may_by_role)
def register_volunteer(
    acting: Acting,
    *,
    team: str,
    reference: str,
    name: str,
    phone: str,
    born_on: date,
    since: date,
    skills: Sequence[str] = (),
    languages: Sequence[str] = ("zh",),
    times: Sequence[str] = (),
    reach: str = "village",
) -> str:
    """Bring in a volunteer of a team's old register, or say what stands there from now on; return their number.

    ``reference`` is their number there. Raises ``InvalidInput``, ``NotFound`` for a team that is none, and ``Conflict``
    for a team that is closed and for whoever has had themselves erased.
    """
    into, reference = _team_reached(acting, team), _reference(reference)
    if not FIRST_DAY <= since <= acting.today:
        raise InvalidInput(
            _("Nobody registered before %(first)s or after today."), field="since", value=since.isoformat(),
            first=FIRST_DAY.isoformat(),
        )  # fmt: skip
    told = profile_told(
        acting, into.station, name=name, phone=phone, born_on=born_on, skills=skills, languages=languages, times=times,
        reach=reach,
    )  # fmt: skip
    person_id = person_of(team, reference=reference)
    with writing(acting):
        is_new = not Volunteer.objects.filter(person_id=person_id).exists()
        if is_new:
            _check_new(into, person_id)
        kept = keep_volunteer(acting, person_id, told | {"since": since, "reference": reference})
        if is_new:
            become_member(acting, into, person_id)
    record_volunteer(acting, kept, **({"team": team, "member": True} if is_new else {}))
    return kept.number


@act("practice.strike_volunteer", may=may_by_role)
def strike_volunteer(acting: Acting, *, team: str, reference: str) -> int:
    """Erase a volunteer of an old register, as they ask; return how many entries of the log lost their bodies.

    They cannot be brought in again. Raises ``NotFound``.
    """
    _team_reached(acting, team)
    reference = _reference(reference)
    volunteer = Volunteer.objects.select_for_update().filter(person_id=person_of(team, reference=reference)).first()
    if volunteer is None:
        raise NotFound(_("Nobody has this number in the old register."), field="reference", value=reference[:40])
    return erase_within(acting, volunteer)


def person_of(team: str, *, reference: str) -> UUID:
    """The identifier that somebody of an old register always has, in whatever width, case and blanks it is typed."""
    told = "".join(each for each in normalize("NFKC", reference).casefold() if each.isprintable() and each != " ")
    return named_identifier(f"practice/{team}/volunteer/{told}")


def _team_reached(acting: Acting, code: str) -> Team:
    """A team within reach, locked: one line of its register is written at a time."""
    team = team_called(code)
    require(acting.actor, acting.act, team)
    Team.objects.select_for_update().get(code=code)
    return team


def _reference(text: str) -> str:
    return clean_line(text, field="reference", most=REFERENCE_MAX, wanted=True)


def _check_new(team: Team, person_id: UUID) -> None:
    """Let nobody into a closed team, nor back whose profile was erased."""
    if not (team.is_open and team.station.is_open):
        raise Conflict(_("This team is closed."), field="team", value=team.code)
    if kept_entry(f"volunteer:{person_id}") is not None:
        raise Conflict(
            _("Whoever has this number in the old register was erased, as they asked."), field="reference",
            remedy=_("Leave the line out."),
        )  # fmt: skip
