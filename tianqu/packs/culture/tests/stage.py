"""Two counties, each with its office of culture, menu, troupe and budget; villages with their posts and villagers."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.test import Client
from django.utils import timezone
from PIL import Image

from tests.kernel.places.prefecture import Prefecture
from tests.kernel.places.prefecture import build as build_prefecture
from tests.orders.hotline import CALENDAR
from tests.web.api.calling import caller
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.files.api import StoredFile, store_file
from tianqu.kernel.journal.api import SYSTEM, Actor, seeing
from tianqu.kernel.orders import api as orders
from tianqu.kernel.places.api import Account, actor_of, create_unit, resident_actor, unit_with
from tianqu.packs.culture.declaring.acts import Priced, declare_contract, declare_troupe, declare_work, grant_budget
from tianqu.packs.culture.models import Performance
from tianqu.packs.culture.shows import acts
from tianqu.packs.culture.voices.acts import choose_village, rate_show

ITEM = Path(__file__).resolve().parents[4] / "realms" / "dezhou" / "items" / "culture-orders.yaml"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PRICE, GRANTED = 300_000, 1_000_000  # fen
UNITS = (
    ("c1.culture", "德城区文化局", "culture_bureau", "P1"), ("c2.culture", "宁津县文化局", "culture_bureau", "P2"),
    ("c1.meihua", "梅花剧团", "art_troupe", "P1"), ("c2.luhan", "鲁韩剧团", "art_troupe", "P2"),
    ("v102001", "王庄村委会", "village_committee", "P102001"),
    ("v201001", "赵庄村委会", "village_committee", "P201001"),
)  # fmt: skip
WORK = {
    "kind": "show", "genre": "opera", "words": "两小时。", "words_en": "Two hours.", "length_minutes": 120,
    "stage": ["power", "stage"],
}  # fmt: skip


@dataclass(frozen=True)
class Stage:
    """What the tests hold on to. ``far`` are those of the other county."""

    prefecture: Prefecture
    officer: Actor
    post: Actor  # the cultural post of Zhangli
    troupe: Actor
    other_post: Actor  # of Wangzhuang, in the same county
    far_officer: Actor
    far_post: Actor
    far_troupe: Actor

    @property
    def unit_id(self) -> UUID:
        return self.prefecture.units["c1.culture"].id

    def place_id(self, code: str = "P101009") -> UUID:
        return self.prefecture.places[code].id

    def resident(self, name: str = "李梅") -> Actor:
        """Somebody new who has an account."""
        return resident_actor(self.prefecture.person("v101009", "test_clerk", name=name), channel="web")

    def villager(self, place: str = "P101009") -> Actor:
        """Somebody new who speaks for a village."""
        actor = self.resident()
        choose_village(actor, place_id=self.place_id(place))
        return actor

    def ordered(self, work: str = "opera", *, at: datetime | None = None, place: str = "P101009", **more: Any) -> UUID:
        """Order a work for a village."""
        at, show_id = at or timezone.now(), new_identifier()
        told = {"first_day": timezone.localdate(at), "last_day": timezone.localdate(at + 30 * DAY), **more}
        post = self.post if place == "P101009" else self.other_post
        acts.order_show(post, show_id=show_id, place_id=self.place_id(place), work=work, at=at, **told)
        return show_id

    def committed(self, *, starts: timedelta = 3 * DAY, contract: str = "1号", **more: Any) -> UUID:
        """Order and engage; by default for a day to come. Each is three hours before the one made last."""
        with seeing(SYSTEM.scope):
            starts_at = timezone.now() + starts - 3 * HOUR * Performance.objects.count()
        at = min(timezone.now(), starts_at - 5 * DAY)
        show_id = self.ordered(at=at, **more)
        acts.commit_show(self.officer, show_id=show_id, contract=contract, starts_at=starts_at, at=at)
        return show_id

    def given(self, *, attendance: int = 100, **more: Any) -> UUID:
        """Give it two days ago, by the troupe's word with a photo."""
        show_id = self.committed(**{"starts": -2 * DAY} | more)
        acts.say_given(
            self.troupe, show_id=show_id, given_at=self.of(show_id).starts_at, attendance=attendance,
            files=[self.photo()],
        )  # fmt: skip
        return show_id

    def confirmed(self, *stars: int, **more: Any) -> UUID:
        """Given, rated so by villagers, and confirmed by the village."""
        show_id = self.given(**more)
        acts.confirm_show(self.post, show_id=show_id)
        self.rate(show_id, *stars)
        return show_id

    def rate(self, show_id: UUID, *stars: int) -> None:
        for one in stars:
            rate_show(self.villager(), show_id=show_id, stars=one)

    def photo(self, actor: Actor | None = None, *, name: str = "现场.jpg") -> UUID:
        """A picture that looks like no other."""
        with seeing(SYSTEM.scope):
            colour = f"#{8 * StoredFile.objects.count():02x}ff80"
        return store_file(actor or self.troupe, content=picture(colour), name=name).id

    def of(self, show_id: UUID) -> Performance:
        with seeing(SYSTEM.scope):
            return Performance.objects.select_related("order").get(order_id=show_id)

    def budget(self) -> dict[str, int]:
        """The office's budget over the API."""
        found = caller(self.officer).read(f"/culture/budgets/{self.unit_id}")
        return {name: found[name] for name in ("granted", "paid", "committed", "free")}


def picture(colour: str = "green") -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(content, "JPEG")
    return content.getvalue()


def build() -> Stage:
    """Lay the stage by acts."""
    prefecture = build_prefecture()
    units, places = prefecture.units, prefecture.places
    for code, name, kind, place in UNITS:
        units[code] = unit_with(create_unit(SYSTEM, code=code, name=name, kind=kind, place_id=places[place].id))
    orders.publish_calendar(SYSTEM, content=CALENDAR)
    orders.publish_items(SYSTEM, definitions=orders.items_in(ITEM.read_bytes(), name="culture-orders.yaml"))
    orders.forget_catalogue()

    def post(unit: str, role: str) -> Actor:
        return actor_of(prefecture.person(unit, role, name="何某"), channel="web")

    stage = Stage(
        prefecture, officer=post("c1.culture", "culture_officer"), post=post("v101009", "culture_post"),
        troupe=post("c1.meihua", "culture_troupe"), other_post=post("v102001", "culture_post"),
        far_officer=post("c2.culture", "culture_officer"), far_post=post("v201001", "culture_post"),
        far_troupe=post("c2.luhan", "culture_troupe"),
    )  # fmt: skip
    today = timezone.localdate()
    for officer, county, troupe, works in (
        (stage.officer, "c1", "meihua", ("opera", "film")), (stage.far_officer, "c2", "luhan", ("acrobats",)),
    ):  # fmt: skip
        unit_id = units[f"{county}.culture"].id
        declare_troupe(
            officer, unit_id=unit_id, troupe=troupe, troupe_unit_id=units[f"{county}.{troupe}"].id, name=f"{troupe}团",
            name_en=f"{troupe} troupe",
        )  # fmt: skip
        for work in works:
            declare_work(officer, unit_id=unit_id, work=work, name=f"{work}戏", name_en=f"The {work}", **WORK)
        declare_contract(
            officer, number="1号" if county == "c1" else "2号", troupe=troupe, starts_on=today - 90 * DAY,
            ends_on=today + 60 * DAY, rating_floor=350, raters_least=2, offers=[Priced(work, PRICE) for work in works],
        )  # fmt: skip
        grant_budget(officer, unit_id=unit_id, transfer_id=new_identifier(), amount_fen=GRANTED, day=today - 30 * DAY)
    return stage


def browser(actor: Actor | None = None, language: str = "en") -> Client:
    """The browser of somebody who has signed in, or of nobody known."""
    client = Client(SERVER_NAME="localhost", HTTP_ACCEPT_LANGUAGE=language)
    if actor is not None:
        with seeing(SYSTEM.scope):
            account = Account.objects.get(person_id=actor.person_id)
            Account.objects.filter(id=account.id).update(must_change_password=False)
        client.force_login(account, "allauth.account.auth_backends.AuthenticationBackend")
        if actor.post_id is None:
            client.post("/account/post/", {"post": "resident"})
    return client


def page(client: Client, address: str, status: int = 200) -> str:
    """A page as text."""
    answer = client.get(address)
    assert answer.status_code == status, (address, answer.status_code)
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
    return str(body.decode())
