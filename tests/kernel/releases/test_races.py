"""Two press officers who publish one release at the same moment: there is one edition, and the other hears of it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from tests.kernel.releases.test_releases import EN, ZH, Press, build, correct_a_row
from tests.scenes import scene
from tianqu.base.errors import Conflict
from tianqu.kernel.journal.api import SYSTEM, seeing
from tianqu.kernel.journal.models import Entry
from tianqu.kernel.places.api import forget_actors
from tianqu.kernel.releases import api, editions
from tianqu.kernel.releases.models import Paper

pytestmark = pytest.mark.django_db(transaction=True)
OFFICERS = 4


@pytest.fixture
def press(transactional_db: None, store: Path, tmp_path: Path) -> Press:
    """The press office, committed, so that other connections see it."""
    forget_actors()
    made = scene(build, files=store)
    return replace(made, office=replace(made.office, folder=tmp_path))


def at_once(do: Callable[[], Any], monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Let all of them make their papers before any publishes; return editions and conflicts."""
    barrier, made = Barrier(OFFICERS), editions._papers

    def papers(*given: Any) -> Any:
        found = made(*given)
        barrier.wait(timeout=60)
        return found

    def one(_number: int) -> Any:
        try:
            return do()
        except Conflict as conflict:
            return conflict
        finally:
            connection.close()

    monkeypatch.setattr(editions, "_papers", papers)
    with ThreadPoolExecutor(OFFICERS) as pool:
        outcomes = list(pool.map(one, range(OFFICERS)))
    monkeypatch.setattr(editions, "_papers", made)
    return outcomes


def check_one_edition(outcomes: list[Any], *, number: int) -> None:
    made = [each for each in outcomes if isinstance(each, api.Edition)]
    assert [each.number for each in made] == [number], outcomes
    assert sum(isinstance(each, Conflict) for each in outcomes) == OFFICERS - 1
    with seeing(SYSTEM.scope):
        found = api.Edition.objects.filter(release_id=made[0].release_id).order_by("number")
        assert [each.number for each in found] == list(range(1, number + 1))
        assert found.last() == made[0] and Paper.objects.filter(edition=made[0]).count() == 6
        assert Entry.objects.filter(subject=f"release_edition:{made[0].id}").count() == 1
        assert Entry.objects.filter(act="releases.publish").count() == number
        assert api.Release.objects.get(id=made[0].release_id).edition == number


def test_one_first_edition_is_made(press: Press, monkeypatch: pytest.MonkeyPatch) -> None:
    release = press.signed()
    outcomes = at_once(
        lambda: api.publish_release(press.writer, release_id=release.id, expected_revision=1), monkeypatch
    )
    check_one_edition(outcomes, number=1)


def test_one_correction_is_made(press: Press, monkeypatch: pytest.MonkeyPatch) -> None:
    first = press.published()
    correct_a_row(press)
    api.revise_release(press.writer, release_id=first.release_id, text=ZH, text_en=EN, expected_revision=1)
    press.sign(press.known(first.release_id))

    def correct() -> Any:
        return api.publish_release(
            press.writer, release_id=first.release_id, expected_revision=2, erratum="更正", erratum_en="A row was wrong"
        )

    check_one_edition(at_once(correct, monkeypatch), number=2)
    with pytest.raises(Conflict, match="has this text already"):  # who comes a moment later publishes it no third time
        correct()


def test_a_text_that_is_revised_meanwhile_is_not_published(press: Press, monkeypatch: pytest.MonkeyPatch) -> None:
    """The papers of one text are not those of another, and its signatures neither."""
    release, made = press.signed(), editions._papers

    def papers(*given: Any) -> Any:
        found = made(*given)
        with ThreadPoolExecutor(1) as other:
            other.submit(revised).result()
        return found

    def revised() -> None:
        try:
            api.revise_release(
                press.writer,
                release_id=release.id,
                text=ZH + "\n又及。\n",
                text_en=EN + "\nMore.\n",
                expected_revision=1,
            )
        finally:
            connection.close()

    monkeypatch.setattr(editions, "_papers", papers)
    with pytest.raises(Conflict):
        api.publish_release(press.writer, release_id=release.id, expected_revision=1)
    assert not press.known(release.id).edition
