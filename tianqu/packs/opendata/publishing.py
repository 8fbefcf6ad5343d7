"""The step of the demonstration that writes a realm's bulletins, has them signed, and publishes them."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

from django.utils import timezone

from tianqu.kernel.journal.api import SYSTEM, seeing
from tianqu.kernel.orders.api import PublicFilters, public_orders
from tianqu.kernel.pack.api import DemoStage
from tianqu.kernel.places.api import unit_called
from tianqu.kernel.releases.api import (
    ask_signatures,
    asked_units,
    draft_release,
    publish_release,
    release_codes,
    revise_release,
    sign_figures,
)
from tianqu.packs.opendata.bulletins import Bulletin, read_bulletins, with_cases


def releases_of_year(stage: DemoStage) -> int:
    """Write, sign and publish the realm's bulletins that are not there yet; return how many were new."""
    with seeing(SYSTEM.scope):
        there = release_codes()
    new = [each for each in read_bulletins(stage.realm) if each.code not in there]
    for done, each in enumerate(new):
        stage.tell(done, len(new))
        _release(each)
    stage.tell(len(new), len(new))
    _order_of.cache_clear()
    return len(new)


def _release(bulletin: Bulletin) -> None:
    with seeing(SYSTEM.scope):
        unit = unit_called(bulletin.unit)
    release_id = draft_release(
        SYSTEM, code=bulletin.code, unit_id=unit.id, issuer=bulletin.issuer, issuer_en=bulletin.issuer_en,
        periods=bulletin.periods, names=bulletin.names,
    )  # fmt: skip
    revision = revise_release(
        SYSTEM, release_id=release_id, text=with_cases(bulletin.text, _order_of),
        text_en=with_cases(bulletin.text_en, _order_of), expected_revision=0,
    )  # fmt: skip
    ask_signatures(SYSTEM, release_id=release_id, expected_revision=revision)
    if bulletin.conflicting:
        return  # its figures cannot all be right, so its units do not sign
    with seeing(SYSTEM.scope):
        units = asked_units(release_id)
    for unit_id in units:
        sign_figures(SYSTEM, release_id=release_id, unit_id=unit_id, expected_revision=revision)
    days = bulletin.public_in_days
    publish_release(
        SYSTEM, release_id=release_id, expected_revision=revision,
        public_at=timezone.now() + timedelta(days=days) if days else None,
    )  # fmt: skip


@cache
def _order_of(item: str) -> str:
    """The code of the newest public order of an item that has an answer, or nothing."""
    found = public_orders(filters=PublicFilters(item_codes=(item,), answered=True), limit=1).rows
    return found[0].code if found else ""
