"""The demonstration: a year of culture in one town of a county, from wishes to payments, played through acts.

What there is stands in the realm's ``culture.yaml``; a realm without it has none.
"""

from __future__ import annotations

import io
import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

import yaml
from django.utils import timezone
from PIL import Image

from tianqu.base.identifiers import named_identifier
from tianqu.kernel.files.api import store_file
from tianqu.kernel.journal.api import SYSTEM, Actor, Scope, seeing
from tianqu.kernel.pack.api import DemoStage
from tianqu.kernel.places.api import (
    Place,
    account_called,
    actor_of,
    appoint,
    create_person,
    place_called,
    places_in,
    unit_called,
)
from tianqu.packs.culture.declaring.acts import Priced, declare_contract, declare_troupe, declare_work, grant_budget
from tianqu.packs.culture.registers.matters import performance_with
from tianqu.packs.culture.shows.acts import (
    accept_show,
    cancel_show,
    commit_show,
    confirm_show,
    order_show,
    pay_show,
    refuse_payment,
    say_given,
    settle_dispute,
    unreleased,
)
from tianqu.packs.culture.voices.acts import choose_village, rate_show, vote

PAST_DAYS, COMING_DAYS = 300, 30
EVENING: Final = time(19, 30)
DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Village:
    """A village with its cultural post and some of its people."""

    place: Place
    post: Actor
    people: list[Actor]


@dataclass(frozen=True, slots=True)
class _County:
    """Who plays, and what is said of them."""

    told: Mapping[str, Any]
    office: UUID
    officer: Actor
    troupes: dict[str, Actor]
    villages: list[_Village]
    chance: random.Random


def culture_of_county(stage: DemoStage) -> int:
    """Declare troupes, works, contracts and a budget, and let a year pass; return how many performances there are."""
    path = stage.realm / "culture.yaml"
    if not path.is_file():
        return 0
    told = yaml.safe_load(path.read_text(encoding="utf-8"))
    county = _county(told, random.Random(stage.seed))  # noqa: S311  nothing secret is made of it
    _declared(county)
    _wished(county)
    today, count = timezone.localdate(), told["shows"]
    for number in range(count):
        day = today + timedelta(days=number * (PAST_DAYS + COMING_DAYS) // count - PAST_DAYS)
        _played(county, number, day)
        stage.tell(number + 1, count)
    return int(count)


def _county(told: Mapping[str, Any], chance: random.Random) -> _County:
    with seeing(SYSTEM.scope):
        officer, post = (actor_of(account_called(told[who]), channel="import") for who in ("officer", "post"))
        known = account_called(told["villager"]).person.id
        office = unit_called(told["office"]).id
        units = {code: unit_called(one["unit"]).id for code, one in told["troupes"].items()}
        places = places_in(place_called(told["town"]).path)
        own = [place for place in places if place.path in post.scope.place_paths]
        places = [*own, *(place for place in places if place not in own)][: told["villages"]]
        committees = {place.code: unit_called(place.code).id for place in places}
    villages = [
        _Village(
            place, post if place in own else _post(told, place, committees[place.code], chance),
            [_villager(place, number, known if place in own and not number else None)
             for number in range(told["villagers"])],
        )
        for place in places
    ]  # fmt: skip
    troupes = {
        code: Actor("import", unit_id=unit, roles=frozenset({"culture_troupe"}), scope=Scope(unit_ids=(unit,)))
        for code, unit in units.items()
    }
    return _County(told, office, officer, troupes, villages, chance)


def _post(told: Mapping[str, Any], place: Place, unit_id: UUID, chance: random.Random) -> Actor:
    name = chance.choice(told["surnames"]) + "".join(chance.choices(told["names"], k=2))
    person_id = create_person(SYSTEM, unit_id=unit_id, name=name)
    post_id = appoint(
        SYSTEM, person_id=person_id, unit_id=unit_id, role="culture_post", title="村文化管理员",
        valid_from=timezone.localdate() - timedelta(days=PAST_DAYS + 60),
    )  # fmt: skip
    scope = Scope(person_id=person_id, unit_ids=(unit_id,), place_paths=(place.path,))
    return Actor("import", person_id, post_id, unit_id, frozenset({"culture_post"}), scope)


def _villager(place: Place, number: int, known: UUID | None) -> Actor:
    person_id = known or named_identifier(f"demo:culture:{place.code}:{number}")
    return Actor("import", person_id=person_id, scope=Scope(person_id=person_id))


def _declared(county: _County) -> None:
    told, today = county.told, timezone.localdate()
    begins = today - timedelta(days=PAST_DAYS + 60)
    at = _moment(begins)
    for code, one in told["troupes"].items():
        with seeing(SYSTEM.scope):
            unit_id = unit_called(one["unit"]).id
        declare_troupe(
            county.officer, unit_id=county.office, troupe=code, troupe_unit_id=unit_id, name=one["name"][0],
            name_en=one["name"][1], at=at,
        )  # type: ignore[call-arg]  # fmt: skip
    for code, one in told["works"].items():
        words, words_en = (f"{one['name'][0]}，约{one['minutes']}分钟，免费观看。",
                           f"{one['name'][1]}, about {one['minutes']} minutes, free for everybody.")  # fmt: skip
        declare_work(
            county.officer, unit_id=county.office, work=code, kind=one["kind"], genre=one["genre"],
            name=one["name"][0], name_en=one["name"][1], words=words, words_en=words_en,
            length_minutes=one["minutes"], stage=one["stage"], at=at,
        )  # type: ignore[call-arg]  # fmt: skip
    for number, code in enumerate(told["troupes"], 1):
        offers = [Priced(work, one["yuan"] * 100) for work, one in told["works"].items() if one["troupe"] == code]
        declare_contract(
            county.officer, number=f"{told['contract']}{number}号", troupe=code, starts_on=begins,
            ends_on=today + timedelta(days=150), rating_floor=told["floor"], raters_least=told["raters"],
            offers=offers, at=at,
        )  # type: ignore[call-arg]  # fmt: skip
    grant_budget(
        county.officer, unit_id=county.office, transfer_id=named_identifier("demo:culture:grant"),
        amount_fen=told["granted_yuan"] * 100, day=begins, purpose="年度文化惠民经费", at=at,
    )  # type: ignore[call-arg]  # fmt: skip


def _wished(county: _County) -> None:
    """Everybody says for which village they speak, and wishes for two things."""
    at, works = _moment(timezone.localdate() - timedelta(days=PAST_DAYS + 40)), list(county.told["works"])
    now = timezone.now() - DAY
    for village in county.villages:
        favourites = county.chance.sample(works, 4)
        for person in village.people:
            choose_village(person, place_id=village.place.id, at=at)  # type: ignore[call-arg]
            for work in county.chance.sample(favourites, 2):
                vote(person, work=work, at=now)  # type: ignore[call-arg]


def _played(county: _County, number: int, day: date) -> None:
    """One performance as far as its day lets it go; a few go wrong."""
    chance, told, now = county.chance, county.told, timezone.now()
    village, work = county.villages[number % len(county.villages)], chance.choice(list(told["works"]))
    show_id, begins = named_identifier(f"demo:culture:show:{number}"), _moment(day, EVENING)
    ordered = min(begins - timedelta(days=20), now - 2 * DAY)
    order_show(
        village.post, show_id=show_id, place_id=village.place.id, work=work,
        first_day=max(day - 3 * DAY, timezone.localdate(ordered)), last_day=day + 3 * DAY, at=ordered,
    )  # type: ignore[call-arg]  # fmt: skip
    if day > timezone.localdate() + 20 * DAY:  # it waits for a troupe
        return
    troupe = told["works"][work]["troupe"]
    contract = f"{told['contract']}{list(told['troupes']).index(troupe) + 1}号"
    commit_show(
        county.officer, show_id=show_id, contract=contract, starts_at=begins, at=min(ordered + 4 * DAY, now - DAY)
    )  # type: ignore[call-arg]
    if number == 17:  # a storm in the spring
        cancel_show(county.officer, show_id=show_id, cause="weather", reason=told["weather"], at=begins - DAY / 4)  # type: ignore[call-arg]
        return
    accept_show(county.troupes[troupe], show_id=show_id, at=min(ordered + 5 * DAY, now - DAY / 2))  # type: ignore[call-arg]
    if begins + 3 * DAY < now:
        _given(county, number, village, show_id, troupe, begins)


def _given(county: _County, number: int, village: _Village, show_id: UUID, troupe: str, begins: datetime, /) -> None:
    """The troupe's word with a photo, ratings, the village's word, and what the office decided."""
    chance, told, now = county.chance, county.told, timezone.now()
    attendance, later = chance.randrange(40, 260), begins + timedelta(hours=2)
    photo = store_file(county.troupes[troupe], content=_photo(number), name=f"现场照片-{number}.jpg").id
    say_given(county.troupes[troupe], show_id=show_id, given_at=begins, attendance=attendance, files=[photo], at=later)  # type: ignore[call-arg]
    bad = number == 41
    raters = village.people if bad else chance.sample(village.people, 4 if number % 9 == 5 else 5)
    for person in raters:
        stars = chance.choice((1, 2, 2)) if bad else chance.choices((5, 4, 3, 2), (9, 7, 3, 1))[0]
        rate_show(person, show_id=show_id, stars=stars, at=later + DAY)  # type: ignore[call-arg]
    if begins + 8 * DAY > now:  # it waits for the village
        return
    differs, open_dispute = number in (23, 67), begins + 20 * DAY > now
    differs = differs or (open_dispute and number % 2 == 0)
    confirm_show(
        village.post, show_id=show_id, attendance=attendance // 2 if differs else None,
        note=told["dispute_note"] if differs else "", at=later + 2 * DAY,
    )  # type: ignore[call-arg]  # fmt: skip
    if open_dispute:  # the office has not decided yet
        return
    if differs:
        settle_dispute(
            county.officer, show_id=show_id, attendance=attendance * 3 // 4, reason=told["settled"], at=later + 4 * DAY
        )  # type: ignore[call-arg]
    decided = later + 9 * DAY
    if bad:
        refuse_payment(county.officer, show_id=show_id, reason=told["refusal"], at=decided)  # type: ignore[call-arg]
        return
    with seeing(SYSTEM.scope):
        few, low = unreleased(performance_with(show_id))
    if low:
        refuse_payment(county.officer, show_id=show_id, reason=told["refusal"], at=decided)  # type: ignore[call-arg]
    else:
        pay_show(county.officer, show_id=show_id, reason=told["few"] if few else "", at=decided)  # type: ignore[call-arg]


def _photo(number: int) -> bytes:
    """An invented photo: a stage in a colour of its own, far enough from others to stay apart when it is encoded."""
    content = io.BytesIO()
    Image.new("RGB", (320, 240), (16 * (number % 16), 90, 16 * (number // 16 % 16))).save(content, "JPEG")
    return content.getvalue()


def _moment(day: date, at: time = time(10, 0)) -> datetime:
    return datetime.combine(day, at, timezone.get_current_timezone())
