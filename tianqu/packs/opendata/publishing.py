"""The step of the demonstration that writes a realm's bulletins, has them signed, and publishes them."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from uuid import UUID

from django.utils import timezone

from tianqu.base.errors import Conflict
from tianqu.kernel.datasets.api import dataset_called
from tianqu.kernel.figures.api import compute_figures, figure_called
from tianqu.kernel.journal.api import SYSTEM, seeing
from tianqu.kernel.orders.api import (
    OrderFilters,
    PublicFilters,
    order_detail,
    orders_list,
    public_orders,
    publish_order,
)
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
from tianqu.packs.opendata.bulletins import Bulletin, Erratum, read_bulletins, with_cases
from tianqu.packs.opendata.demo import counties_of, load_rows
from tianqu.packs.opendata.inventing import read_invented


def releases_of_year(stage: DemoStage) -> int:
    """Write, sign and publish the realm's bulletins that are not there yet; return how many were new."""
    with seeing(SYSTEM.scope):
        there = release_codes()
    new = [each for each in read_bulletins(stage.realm) if each.code not in there]
    for done, each in enumerate(new):
        stage.tell(done, len(new))
        _release(stage, each)
    stage.tell(len(new), len(new))
    _order_of.cache_clear()
    return len(new)


def _release(stage: DemoStage, bulletin: Bulletin) -> None:
    with seeing(SYSTEM.scope):
        unit = unit_called(bulletin.unit)
    release_id = draft_release(
        SYSTEM, code=bulletin.code, unit_id=unit.id, issuer=bulletin.issuer, issuer_en=bulletin.issuer_en,
        periods=bulletin.periods, names=bulletin.names,
    )  # fmt: skip
    revision = _revised(bulletin, release_id, before=0)
    if bulletin.conflicting or bulletin.unsigned:
        return  # the units do not sign what cannot all be right, and the other one waits for somebody to try it
    _sign(release_id, revision)
    days = bulletin.public_in_days
    publish_release(
        SYSTEM, release_id=release_id, expected_revision=revision,
        public_at=timezone.now() + timedelta(days=days) if days else None,
    )  # fmt: skip
    if bulletin.erratum is not None:
        _correct(stage, bulletin, release_id, bulletin.erratum)


def _revised(bulletin: Bulletin, release_id: UUID, *, before: int) -> int:
    """Keep the text and send it to the units whose figures it quotes; return the number of the revision."""
    revision = revise_release(
        SYSTEM, release_id=release_id, text=with_cases(bulletin.text, _order_of),
        text_en=with_cases(bulletin.text_en, _order_of), expected_revision=before,
    )  # fmt: skip
    ask_signatures(SYSTEM, release_id=release_id, expected_revision=revision)
    return revision


def _sign(release_id: UUID, revision: int) -> None:
    with seeing(SYSTEM.scope):
        units = asked_units(release_id)
    for unit_id in units:
        sign_figures(SYSTEM, release_id=release_id, unit_id=unit_id, expected_revision=revision)


def _correct(stage: DemoStage, bulletin: Bulletin, release_id: UUID, erratum: Erratum) -> None:
    """Load the corrected rows, compute the figures again, and publish another edition that says what was wrong."""
    (invented,) = [each for each in read_invented(stage.realm) if each.code == erratum.dataset]
    with seeing(SYSTEM.scope):
        dataset = dataset_called(SYSTEM, erratum.dataset)
        figures = [figure_called(code) for code in erratum.figures]
    load_rows(invented, counties_of(stage), dataset_id=dataset.id, seed=stage.seed)
    with seeing(SYSTEM.scope):
        compute_figures(SYSTEM, figures)
    revision = _revised(bulletin, release_id, before=1)
    _sign(release_id, revision)
    publish_release(
        SYSTEM, release_id=release_id, expected_revision=revision, erratum=erratum.text, erratum_en=erratum.text_en
    )


@cache
def _order_of(item: str) -> str:
    """The code of the newest answered order of an item that is public, or is made public now; or nothing."""
    found = public_orders(filters=PublicFilters(item_codes=(item,), answered=True), limit=1).rows
    return found[0].code if found else _made_public(item)


def _made_public(item: str) -> str:
    """Let everybody read the newest answered order of an item, in its own words, which are invented."""
    answered = orders_list(SYSTEM, filters=OrderFilters(states=("done", "rated", "closed"), item_code=item), limit=1)
    for row in answered.rows:
        order = order_detail(SYSTEM, order_id=row.id).order
        if not order.answer_public:
            continue
        try:
            publish_order(
                SYSTEM, order_id=order.id, title=order.title, question=order.description, answer=order.answer_public
            )
        except Conflict:  # requests of this item are never shown
            return ""
        return str(order.code)
    return ""
