"""A small prefecture for the tests of places: two counties, three townships, a few villages, units and roles."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from tianqu.kernel.journal.api import SYSTEM
from tianqu.kernel.places import api

CHANGE_DAY = date(2023, 6, 30)
PLACES = """
P,德州市,Dezhou,prefecture,,,
P1,德城区,Decheng,county,P,,
P2,宁津县,Ningjin,county,P,,
P101,新湖街道,Xinhu,township,P1,,
P102,新华街道,Xinhua,township,P1,,
P201,宁津镇,Ningjin Town,township,P2,,
P101001,张庄村委会,Zhangzhuang,village,P101,,2023-06-30
P101002,李庄村委会,Lizhuang,village,P101,,2023-06-30
P101009,张李社区居委会,Zhangli,village,P101,2023-06-30,
P102001,王庄村委会,Wangzhuang,village,P102,,
P201001,赵庄村委会,Zhaozhuang,village,P201,,
""".strip()
SUCCESSIONS = """
P101001,P101009,2023-06-30,merge,similar-name
P101002,P101009,2023-06-30,merge,similar-name
""".strip()
UNITS = """
city,德州市人民政府,government,P,
city.housing,市住房和城乡建设局,housing_bureau,P,city
city.centre,市12345热线,hotline_centre,P,city
c1.housing,德城区住建局,housing_bureau,P1,
c2.housing,宁津县住建局,housing_bureau,P2,
t101,新湖街道办事处,township_government,P101,
t102,新华街道办事处,township_government,P102,
t201,宁津镇人民政府,township_government,P201,
v101001,张庄村委会,village_committee,P101001,t101
v101009,张李社区居委会,village_committee,P101009,t101
""".strip()

CLERK = api.Role("test_clerk", "Clerk", ("orders.accept", "orders.see"), reach="unit")
HEAD = api.Role("test_head", "Head", ("orders.*", "places.appoint", "places.create_person"), reach="place")
KEEPER = api.Role("test_keeper", "Keeper", ("places.*", "orders.see"), reach="everything")
RESIDENT = api.Role("resident", "Resident", ("orders.place",), reach="unit")


def declare(*roles: api.Role) -> None:
    """Register roles, unless an installed pack has declared its own of that name."""
    for role in roles:
        if role.code not in api.known_roles():
            api.register_role(role)


def table(text: str, *columns: str) -> list[dict[str, str]]:
    """The lines of a text as rows of a CSV file."""
    return [dict(zip(columns, line.split(","), strict=True)) for line in text.splitlines()]


def unit_rows() -> list[dict[str, str]]:
    """The units; the committee of the village that closed ends with it."""
    rows = table(UNITS, "code", "name", "kind", "place", "parent")
    for row in rows:
        if row["code"] == "v101001":
            row |= {"valid_to": "2023-06-30"}
    return rows


@dataclass(frozen=True)
class Prefecture:
    """What the tests hold on to."""

    places: dict[str, api.Place]
    units: dict[str, api.Unit]

    def person(self, unit: str, role: str, *, name: str = "王芳", login: str | None = None) -> api.Account:
        """Somebody with a post and an account."""
        unit_id = self.units[unit].id
        person_id: UUID = api.create_person(SYSTEM, unit_id=unit_id, name=name, phone="0534-1234567")
        api.appoint(SYSTEM, person_id=person_id, unit_id=unit_id, role=role, valid_from=date(2020, 1, 1))
        login = login or f"u{person_id.hex[-12:]}"
        api.create_account(SYSTEM, person_id=person_id, login=login)
        return api.Account.objects.get(login=login)


def build() -> Prefecture:
    """Load the prefecture through the acts that an installation uses."""
    declare(CLERK, HEAD, KEEPER)
    columns = ("code", "name", "name_en", "kind", "parent", "valid_from", "valid_to")
    report = api.load_places(
        SYSTEM, rows=table(PLACES, *columns),
        successions=table(SUCCESSIONS, "from_code", "to_code", "on", "kind", "derived"),
    )  # fmt: skip
    assert not report.refusals, [str(refusal.error) for refusal in report.refusals]
    report = api.load_units(SYSTEM, rows=unit_rows())
    assert not report.refusals, [str(refusal.error) for refusal in report.refusals]
    return Prefecture(
        places={place.code: place for place in api.Place.objects.all()},
        units={unit.code: unit for unit in api.Unit.objects.all()},
    )
