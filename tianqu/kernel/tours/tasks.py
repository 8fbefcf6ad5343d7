"""What the worker does for tours when it is asked: a plan computed or carried out."""

from __future__ import annotations

from uuid import UUID

from procrastinate.contrib.django import app

from tianqu.kernel.journal.api import own_connection
from tianqu.kernel.tours.computing import do_tour
from tianqu.kernel.tours.keeping import TASK


@app.task(name=TASK)
@own_connection
def tour(tour_id: str) -> None:
    """Do what a plan waits for."""
    do_tour(UUID(tour_id))
