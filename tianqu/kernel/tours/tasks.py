"""What the worker does for culture when it is asked: a season's plan, computed or carried out."""

from __future__ import annotations

from uuid import UUID

from procrastinate.contrib.django import app

from tianqu.kernel.journal.api import own_connection
from tianqu.packs.culture.season.acts import TASK
from tianqu.packs.culture.season.computing import do_season


@app.task(name=TASK)
@own_connection
def season(plan_id: str) -> None:
    """Do what a plan waits for."""
    do_season(UUID(plan_id))
