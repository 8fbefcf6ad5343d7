"""The door: a ticket lets one person in once, also where there is no line; a forged one, or another show's, nobody."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.utils import timezone
from hypothesis import given
from hypothesis import settings as bounds
from hypothesis import strategies as st

from tests.kernel.occasions.stage import HOUR, Stage, anyone, booked, browser
from tests.web.api.calling import caller
from tianqu.base.errors import Conflict, NotFound, NotPermitted
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.occasions.api import (
    Ticket,
    TicketRefused,
    TicketUsed,
    admit,
    book,
    door_list,
    leave,
    own_ticket,
    ticket_read,
    ticket_token,
    tickets_key,
)

SEATS = ["A-1", "A-2"]
MINUTE = timedelta(minutes=1)


def raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def came(stage: Stage, occasion_id: UUID, ticket: str, **more: Any) -> Any:
    given = {"client_id": new_identifier(), "door": "东门"} | more
    return admit(stage.door, occasion_id=occasion_id, ticket=ticket, **given)


def seated(stage: Stage, **more: Any) -> tuple[UUID, Actor, str]:
    """A show that begins in half an hour, somebody with a place, and their ticket."""
    occasion_id, person = stage.show(starts=HOUR / 2, seats=SEATS, **more), anyone()
    book(person, occasion_id=occasion_id)
    return occasion_id, person, own_ticket(person, occasion_id=occasion_id)


def test_a_ticket_lets_in_once(stage: Stage) -> None:
    occasion_id, person, ticket = seated(stage)
    client_id = new_identifier()
    first = came(stage, occasion_id, ticket, client_id=client_id)
    assert first.seat == "A-1" and first.door == "东门"
    assert came(stage, occasion_id, ticket, client_id=client_id) == first  # sent twice
    with pytest.raises(TicketUsed) as told:
        came(stage, occasion_id, ticket, door="西门")
    assert told.value.parameters["door"] == "东门"
    assert told.value.parameters["at"] == f"{timezone.localtime(first.at):%Y-%m-%d %H:%M:%S}"
    one = booked(occasion_id, person)[0]
    assert one.in_at == first.at and not one.sent_later
    with pytest.raises(Conflict):
        leave(person, occasion_id=occasion_id)


def test_what_is_no_ticket_of_this_show_lets_nobody_in(stage: Stage) -> None:
    occasion_id, person, ticket = seated(stage)
    other_id, other, others = seated(stage)
    with pytest.raises(Conflict, match="another occasion"):
        came(stage, occasion_id, others)
    own = ticket_read(ticket)
    forged = ticket[:-2] + ("A" if ticket[-2] != "A" else "B") + ticket[-1]
    for wrong in (forged, "", "x" * 139, ticket[:-4], "票", ticket + "AAAA"):
        with pytest.raises(TicketRefused):
            came(stage, occasion_id, wrong)
    invented = ticket_token(Ticket(occasion_id, new_identifier(), 1, "A-2"))  # well signed, of nobody
    later = ticket_token(Ticket(occasion_id, own.booking_id, own.serial + 1, own.seat))
    for wrong in (invented, later):
        with pytest.raises(Conflict):
            came(stage, occasion_id, wrong)
    assert not any(one.in_at for one in [*booked(occasion_id), *booked(other_id)])
    for actor in (stage.stranger, stage.other, person, other):
        with pytest.raises((NotPermitted, NotFound)):
            admit(actor, occasion_id=occasion_id, ticket=ticket, client_id=new_identifier())
        with pytest.raises((NotPermitted, NotFound)):
            door_list(actor, occasion_id=occasion_id)


def test_a_place_that_was_given_up_voids_its_ticket(stage: Stage) -> None:
    occasion_id, person = stage.show(starts=3 * HOUR, seats=SEATS), anyone()
    book(person, occasion_id=occasion_id)
    old = own_ticket(person, occasion_id=occasion_id)
    leave(person, occasion_id=occasion_id)
    with pytest.raises(NotFound):
        own_ticket(person, occasion_id=occasion_id)
    book(person, occasion_id=occasion_id, seat="A-2")
    new, evening = own_ticket(person, occasion_id=occasion_id), timezone.now() + 3 * HOUR
    assert new != old
    with pytest.raises(Conflict, match="given up"):
        came(stage, occasion_id, old, at=evening)
    with pytest.raises(Conflict, match="outside the time"):
        came(stage, occasion_id, new)  # three hours early
    assert came(stage, occasion_id, new, at=evening).seat == "A-2"


def test_a_device_checks_without_a_line_and_sends_later(stage: Stage) -> None:
    """What it knows is a key and identifiers; its clock stands in the year 2001."""
    occasion_id, person, ticket = seated(stage)
    found = door_list(stage.door, occasion_id=occasion_id)
    bytes_of = raw(ticket)
    key = Ed25519PublicKey.from_public_bytes(raw(found.key))
    key.verify(bytes_of[-64:], b"tianqu-ticket-v1\n" + bytes_of[:-64])
    with pytest.raises(InvalidSignature):
        key.verify(bytes_of[-64:], b"tianqu-ticket-v1\n" + bytes_of[:-65] + b"\0")
    one = booked(occasion_id, person)[0]
    assert [(each.booking_id, each.serial, each.seat, each.in_at) for each in found.tickets] == [
        (one.id, one.serial, "A-1", None)
    ]
    assert str(person.person_id) not in repr(found) and one.number not in repr(found)
    line = {
        "ticket": ticket, "client_id": str(new_identifier()), "door": "东门", "phone_at": "2001-01-01T08:00:00+08:00",
        "phone_sent_at": "2001-01-01T08:20:00+08:00",
    }  # fmt: skip
    burst = [line, line, line | {"client_id": str(new_identifier())}, line | {"ticket": "none"}]
    desk = browser(stage.door)
    sent = desk.post(f"/desk/occasions/{occasion_id}/door/sent", json.dumps(burst), content_type="application/json")
    answers = sent.json()
    assert [one["status"] for one in answers] == [200, 200, 409, 400]
    assert answers[0]["result"] == answers[1]["result"] and "东门" in answers[2]["words"]
    one = booked(occasion_id, person)[0]
    assert one.sent_later and one.in_at is not None
    assert abs(timezone.now() - 20 * MINUTE - one.in_at) < MINUTE


def test_a_burst_is_bounded_and_read_with_care(stage: Stage) -> None:
    occasion_id, _person, ticket = seated(stage)
    desk, address = browser(stage.door), f"/desk/occasions/{occasion_id}/door/sent"
    line = {"ticket": ticket, "client_id": str(new_identifier())}
    for body in ("{}", "no json", "[1]", json.dumps([line] * 51), json.dumps([{"ticket": ticket}]), "[[]]", "null"):
        assert desk.post(address, body, content_type="application/json").status_code == 400
    half = desk.post(address, json.dumps([line | {"phone_at": "yesterday"}]), content_type="application/json")
    assert half.json()[0]["status"] == 400
    assert desk.get(address).status_code == 405
    assert browser(stage.stranger).get(f"/desk/occasions/{occasion_id}/door").status_code == 403


def test_over_the_api(stage: Stage) -> None:
    occasion_id, person = stage.show(starts=HOUR / 2, seats=SEATS), stage.account()
    mine, door = caller(person), caller(stage.door)
    assert mine.done("/acts/occasions.book", {"occasion_id": str(occasion_id), "seat": "A-2"})["result"] == "going"
    own = mine.read(f"/occasions/{occasion_id}/ticket")
    assert own["seat"] == "A-2"
    assert mine.read(f"/occasions/{occasion_id}/seats") == ["A-1"]
    assert [one["seat"] for one in mine.read("/occasions/bookings")] == ["A-2"]
    assert door.read(f"/occasions/{occasion_id}/door")["key"] == tickets_key()
    given = {"occasion_id": str(occasion_id), "ticket": own["ticket"], "client_id": str(new_identifier())}
    assert door.done("/acts/occasions.admit", given)["result"]["seat"] == "A-2"
    again = door.post("/acts/occasions.admit", given | {"client_id": str(new_identifier())})
    assert again.status_code == 409 and again.json()["code"] == "ticket_used"
    assert [one["seat"] for one in door.read(f"/occasions/{occasion_id}/bookings")] == ["A-2"]
    assert mine.get(f"/occasions/{occasion_id}/bookings").status_code == 403


@given(
    serial=st.integers(0, 65_535), seat=st.from_regex(r"\A([A-Z][A-Z0-9]{0,5}-[1-9][0-9]{0,3})?\Z"), at=st.integers(0)
)
@bounds(max_examples=60, deadline=None)
def test_a_ticket_is_read_as_it_was_written_and_not_otherwise(serial: int, seat: str, at: int) -> None:
    ticket = Ticket(new_identifier(), new_identifier(), serial, seat)
    token = ticket_token(ticket)
    assert ticket_read(token) == ticket and ticket_token(ticket) == token
    flipped = bytearray(raw(token))
    flipped[at % len(flipped)] ^= 1
    with pytest.raises(TicketRefused):
        ticket_read(base64.urlsafe_b64encode(bytes(flipped)).decode())
