"""What is tried on the desk: many hands on one review, words and files beyond bounds, papers of another village."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from tests.scenes import scene
from tests.web.api.calling import caller
from tianqu.base.errors import Conflict, NotFound
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.files.api import store_file
from tianqu.kernel.files.models import StoredFile
from tianqu.kernel.journal.api import SYSTEM, Actor, seeing, set_scope
from tianqu.kernel.ledgers.api import forget_books
from tianqu.kernel.places.api import forget_actors
from tianqu.packs.village.desk import acts
from tianqu.packs.village.desk.models import Conclusion
from tianqu.packs.village.desk.queries import review_detail
from tianqu.packs.village.desk.registers.reviewing import TEXT_MAX
from tianqu.packs.village.desk.tests.test_reviews import PDF, begun, due, said
from tianqu.packs.village.desk.tests.test_trends import inspector
from tianqu.packs.village.tests.test_register_pages import browser, text
from tianqu.packs.village.tests.villages import Villages, build

HANDS = 6


@pytest.fixture
def committed(transactional_db: None, settings: Any) -> Iterator[Villages]:
    """Two villages, committed, so that other connections see them."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    for forget in (forget_actors, forget_books):
        forget()
    yield scene(build)
    for forget in (forget_actors, forget_books):
        forget()


def test_of_many_auditors_who_close_one_review_exactly_one_does(committed: Villages) -> None:
    review_id, barrier = begun(committed), Barrier(HANDS)
    auditors = [committed.auditor, inspector(committed, "c1.housing")]

    def close(number: int) -> bool:
        actor: Actor = auditors[number % 2]
        try:
            barrier.wait(timeout=60)
            said(acts.close_review, actor, review_id, f"第{number}位", conclusion=Conclusion.IN_ORDER)
        except Conflict:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(HANDS) as pool:
        assert sum(pool.map(close, range(HANDS))) == 1
    set_scope(committed.auditor.scope)
    assert [note.kind for note in review_detail(committed.auditor, review_id=review_id).notes] == ["close"]


def test_words_beyond_bounds_are_refused_at_their_field(villages: Villages) -> None:
    review_id = begun(villages)
    longest = "字" * TEXT_MAX
    said(acts.comment_review, villages.auditor, review_id, longest)
    body = {"review_id": str(review_id), "note_id": str(uuid4()), "text": f"{longest}。"}
    answer = caller(villages.auditor).post("/acts/village.comment_review", body)
    assert answer.status_code == 422 and answer.json()["field"].endswith("text")
    page = f"/villages/desk/reviews/{review_id}/"
    desk = browser(villages.auditor)
    assert 'id="text-error"' in text(desk.post(f"{page}comment", {"text": f"{longest}。"}), 413)
    said(acts.comment_review, villages.auditor, review_id, "<script>alert(1)</script>")
    assert "<script>alert" not in text(desk.get(page))


def test_a_file_that_is_no_paper_is_refused_and_nothing_of_it_kept(
    villages: Villages, settings: Any, tmp_path: Any
) -> None:
    settings.TIANQU_FILES_URL = str(tmp_path)
    review_id = begun(villages)
    said(acts.ask_papers, villages.auditor, review_id, due_on=due())
    keeper, page = browser(villages.accountant), f"/villages/desk/reviews/{review_id}/papers"
    for name, content in (("竞价记录.pdf", b"MZ\x90\x00program"), ("照片.jpg", b"<html><script>1</script>")):
        sent = {"text": "附", "files": [SimpleUploadedFile("a.pdf", PDF), SimpleUploadedFile(name, content)]}
        assert 'id="files-error"' in text(keeper.post(page, sent), 400)
    with seeing(SYSTEM.scope):
        assert not StoredFile.objects.filter(holder__startswith="review:").exists()
    set_scope(villages.auditor.scope)
    assert [note.kind for note in review_detail(villages.auditor, review_id=review_id).notes] == ["ask"]


def test_the_next_villages_papers_are_nobodys_to_hand_in(villages: Villages, settings: Any, tmp_path: Any) -> None:
    settings.TIANQU_FILES_URL = str(tmp_path)
    review_id = begun(villages)
    said(acts.ask_papers, villages.auditor, review_id, due_on=due())
    set_scope(villages.stranger.scope)
    theirs = store_file(villages.stranger, content=PDF, name="外村.pdf").id
    with pytest.raises(NotFound):
        said(acts.give_papers, villages.stranger, review_id, files=[theirs])
    other_county = inspector(villages, "c2.housing")
    for act, more in ((acts.ask_papers, {"due_on": due()}), (acts.close_review, {"conclusion": Conclusion.IN_ORDER})):
        with pytest.raises(NotFound):
            said(act, other_county, review_id, **more)
    # An identifier that is taken by another review's note opens nothing and is told without what it holds.
    note_id = new_identifier()
    said(acts.comment_review, villages.auditor, review_id, "本村机密", note_id=note_id)
    contract_id = villages.contract("外-1", actor=villages.stranger, place_id=villages.other_place_id)
    body = {"review_id": str(note_id), "subject": "contract", "subject_id": str(contract_id)}
    answer = caller(other_county).post("/acts/village.begin_review", body)
    assert answer.status_code == 409 and "机密" not in answer.content.decode()
