"""Training the dispatching model on the realm's own closed orders: their words, and the kind of unit that answered."""

from __future__ import annotations

from typing import Final

from django.db import connection

from tianqu.base.errors import InvalidInput, _
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.orders.classify.measures import Report
from tianqu.kernel.orders.classify.samples import Samples
from tianqu.kernel.orders.dispatching import MODEL_NAME
from tianqu.kernel.orders.text_models import models_folder
from tianqu.kernel.places.api import require

ORDERS_MAX: Final = 200_000
ORDERS_MIN: Final = 200
OF_A_KIND_MIN: Final = 10
BATCH: Final = 5_000


def closed_samples() -> Samples:
    """Return the newest closed orders that the connection sees, with the kind of the unit that answered each."""
    samples = Samples()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT o.title, o.description, u.kind FROM orders_order o JOIN places_unit u ON u.id = o.unit_id"
            " WHERE o.state IN ('done', 'rated', 'closed') AND o.done_at IS NOT NULL AND o.asker_kind <> 'office'"
            " ORDER BY o.placed_at DESC LIMIT %s",
            [ORDERS_MAX],
        )
        number = 0
        while rows := cursor.fetchmany(BATCH):
            for title, description, kind in rows:
                number += 1
                samples.add(text=f"{title} {description}", label=kind, line=number)
    rare = {kind for kind, count in samples.texts_by_label().items() if count < OF_A_KIND_MIN}
    return samples.without(rare) if rare else samples


def train_from_orders(actor: Actor, *, precision: float) -> Report:
    """Train the model that helps to dispatch, and make it the current one. For the worker or the command line.

    Raises ``InvalidInput`` while fewer than 200 orders of at least two kinds of unit are closed.
    """
    require(actor, "rules.publish")
    from tianqu.kernel.orders.classify.training import trained  # scikit-learn, which a web process never imports

    samples = closed_samples()
    if len(samples.texts) < ORDERS_MIN:
        raise InvalidInput(
            _("Only %(count)s closed requests can be learnt from; %(limit)s are needed."), count=len(samples.texts),
            limit=ORDERS_MIN, remedy=_("Wait until more are closed, or train on a file."),
        )  # fmt: skip
    model, report = trained(samples, precision=precision)
    model.save(models_folder(), name=MODEL_NAME)
    return report
