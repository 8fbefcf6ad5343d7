"""A name goes from matters that are over, from their steps, and from what the files of vouchers are called."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.utils.translation import override

from tests.web.api.calling import caller
from tianqu.base.errors import Conflict, InvalidInput, NotFound
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.files.api import store_file
from tianqu.kernel.journal.api import SYSTEM, seeing, set_scope
from tianqu.kernel.journal.models import Entry
from tianqu.packs.village.erasing.acts import erase_party
from tianqu.packs.village.erasing.queries import named_in
from tianqu.packs.village.keeping.tests.bookkeeping import Bookkeeping, picture
from tianqu.packs.village.meetings import acts
from tianqu.packs.village.meetings.procedure import Disclosed, MeetingBody
from tianqu.packs.village.meetings.queries import matter_detail
from tianqu.packs.village.tests.matters import FOUR, disclosed, held, opened
from tianqu.packs.village.tests.test_register_laws import refused
from tianqu.packs.village.tests.test_register_pages import browser, text

NAME, OTHER = "钱宅基", "周别人"


def everything_kept() -> str:
    """Every text of every table that matters, vouchers and files are written in, and every body of the log."""
    told = []
    with seeing(SYSTEM.scope), connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename ~ '^(village|ledgers|files)_'"
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f"SELECT coalesce(string_agg(to_jsonb(x)::text, ' '), '') FROM {table} x")
            told.append(str(cursor.fetchone()[0]))
        told += [bytes(one.body or b"").decode() for one in Entry.objects.all()]
    return " ".join(told)


def leaves() -> dict[Any, bytes]:
    with seeing(SYSTEM.scope):
        return {one.id: bytes(one.leaf) for one in Entry.objects.all()}


def spoken_of(keeping: Bookkeeping) -> UUID:
    """A matter that names somebody wherever anybody can write, and is not over yet."""
    villages = keeping.villages
    set_scope(villages.accountant.scope)
    matter_id = opened(villages, title=f"{NAME}申请宅基地", text=f"{NAME}一户四口")
    wrong = held(villages, matter_id, MeetingBody.BRANCH, text=f"同意{NAME}")
    acts.strike_step(villages.accountant, step_id=wrong, reason=f"漏写{NAME}")
    for body in FOUR:
        held(villages, matter_id, body, location=f"{NAME}院中", text=f"同意{NAME}的申请")
    disclosed(villages, matter_id, Disclosed.RESOLUTION, date(2025, 6, 29), text="公示七天")
    return matter_id


def over(keeping: Bookkeeping, matter_id: UUID) -> None:
    set_scope(keeping.accountant.scope)
    disclosed(keeping.villages, matter_id, Disclosed.RESULT, date(2025, 9, 1), text=f"已批给{NAME}")


def erase(keeping: Bookkeeping, **more: Any) -> int:
    inspector = keeping.villages.post("c1.housing", "county_inspector")
    set_scope(inspector.scope)
    told: dict[str, Any] = {"place_id": keeping.villages.place_id, "name": NAME, "reason": "本人申请"}
    return erase_party(inspector, **(told | more))


def test_a_matter_that_is_over_loses_the_name_and_nothing_else(keeping: Bookkeeping) -> None:
    matter_id = spoken_of(keeping)
    keeper = keeping.accountant
    with pytest.raises(Conflict) as under_way:
        erase(keeping, matter_ids=[matter_id])
    assert under_way.value.field == "matter_ids" and under_way.value.remedy
    over(keeping, matter_id)
    other = opened(keeping.villages, "议2", title=f"{OTHER}的路")
    told = matter_detail(keeper, matter_id=matter_id)
    before = leaves()
    assert NAME in everything_kept()
    assert erase(keeping, matter_ids=[matter_id]) >= 8
    kept, after = everything_kept(), leaves()
    assert NAME not in kept and f"{OTHER}的路" in kept and "公示七天" in kept
    assert {number: after[number] for number in before} == before, "what the log's proofs stand on"
    set_scope(keeper.scope)
    with override("en"):
        now = matter_detail(keeper, matter_id=matter_id)
    facts = [(row.day, row.entitled, row.present, row.agreed, row.counts) for line in told.lines for row in line.rows]
    assert [
        (row.day, row.entitled, row.present, row.agreed, row.counts) for line in now.lines for row in line.rows
    ] == facts  # fmt: skip
    assert (now.row.title, now.row.text, now.row.number, now.row.carried) == ("(erased)", "", "议1", told.row.carried)
    assert erase(keeping, matter_ids=[matter_id]) == 0, "the same again changes nothing"
    with pytest.raises(InvalidInput) as unnamed:
        erase(keeping, matter_ids=[other])
    assert unnamed.value.field == "matter_ids"
    with pytest.raises(NotFound):
        erase(keeping, matter_ids=[new_identifier()])
    with pytest.raises(NotFound):  # of the next village
        erase(keeping, matter_ids=[matter_id], place_id=keeping.villages.other_place_id)
    for address in (f"/villages/meetings/{matter_id}/", "/villages/meetings/"):
        assert "（已删除）" in text(browser(keeper, "zh-hans").get(address))


def test_a_matter_that_was_withdrawn_loses_the_name_as_well(keeping: Bookkeeping) -> None:
    set_scope(keeping.accountant.scope)
    matter_id = opened(keeping.villages, title="一户宅基地")
    acts.withdraw_matter(keeping.accountant, matter_id=matter_id, reason=f"{NAME}撤回申请")
    assert erase(keeping, matter_ids=[matter_id]) >= 1
    assert NAME not in everything_kept()
    set_scope(keeping.accountant.scope)
    assert matter_detail(keeping.accountant, matter_id=matter_id).row.title == "一户宅基地"


def test_what_was_erased_and_is_sent_again_is_refused(keeping: Bookkeeping) -> None:
    set_scope(keeping.accountant.scope)
    told: dict[str, Any] = {"matter_id": new_identifier(), "title": f"{NAME}的事"}
    opened(keeping.villages, **told)
    acts.withdraw_matter(keeping.accountant, matter_id=told["matter_id"], reason="撤回")
    erase(keeping, matter_ids=[told["matter_id"]])
    set_scope(keeping.accountant.scope)
    with pytest.raises(Conflict):
        opened(keeping.villages, **told)
    assert NAME not in everything_kept()


@pytest.mark.parametrize(
    ("law", "sql"),
    [
        ("village_step_kept", "UPDATE village_step SET text = 'x'"),
        ("village_step_kept", "UPDATE village_step SET agreed = agreed - 1 WHERE agreed > 0"),
        ("village_step_kept", "UPDATE village_step SET text = '', day = day - 1"),
        ("village_matter_kept", "UPDATE village_matter SET digest = 'x'"),
    ],
)
def test_the_database_lets_words_go_and_nothing_else(keeping: Bookkeeping, law: str, sql: str) -> None:
    matter_id = spoken_of(keeping)
    over(keeping, matter_id)
    set_scope(SYSTEM.scope)
    refused(law, sql)


@pytest.mark.parametrize("sql", ["UPDATE village_step SET text = ''", "UPDATE village_matter SET digest = ''"])
def test_while_a_matter_is_under_way_its_words_stay(keeping: Bookkeeping, sql: str) -> None:
    spoken_of(keeping)
    set_scope(SYSTEM.scope)
    refused("village_step_kept" if "step" in sql else "village_matter_kept", sql)


# ---- What the files of vouchers are called


def receipt(keeping: Bookkeeping, *, purpose: str, file_name: str) -> tuple[UUID, UUID]:
    """A voucher with a photo of its paper, and the photo."""
    set_scope(keeping.accountant.scope)
    photo = store_file(keeping.accountant, content=picture(), name=file_name)
    return keeping.enter("payment", 500, purpose=purpose, files=[photo.id]), photo.id


def test_the_name_goes_from_what_a_file_is_called_and_the_photo_stays(keeping: Bookkeeping) -> None:
    transfer_id, photo_id = receipt(keeping, purpose="误工费", file_name=f"{NAME}收条.jpg")
    others, _photo = receipt(keeping, purpose="误工费", file_name=f"{OTHER}收条.jpg")
    before, balance = leaves(), keeping.balance("101")
    path = str(keeping.villages.prefecture.places["P102001"].path)
    with seeing(SYSTEM.scope):
        found = named_in(path, name=NAME)
    assert [one.id for one in found.transfers] == [transfer_id] and NAME in found.words[transfer_id]
    assert erase(keeping, transfer_ids=[transfer_id]) >= 2
    kept, after = everything_kept(), leaves()
    assert NAME not in kept and OTHER in kept and "误工费" in kept
    assert {number: after[number] for number in before} == before
    assert keeping.balance("101") == balance
    desk = browser(keeping.accountant)
    page = text(desk.get(f"/villages/vouchers/{transfer_id}/"))
    assert "(erased)" in page and "误工费" in page
    photo = desk.get(f"/villages/vouchers/{transfer_id}/papers/{photo_id}")
    assert photo.status_code == 200 and b"".join(photo.streaming_content)[:2] == b"\xff\xd8", "the paper itself stays"
    assert erase(keeping, transfer_ids=[transfer_id]) == 0, "the same again changes nothing"
    with pytest.raises(InvalidInput) as unnamed:
        erase(keeping, transfer_ids=[others])
    assert unnamed.value.field == "transfer_ids"


def test_purpose_and_file_go_together(keeping: Bookkeeping) -> None:
    transfer_id, _photo = receipt(keeping, purpose=f"付{NAME}误工费", file_name=f"{NAME}.jpg")
    assert erase(keeping, transfer_ids=[transfer_id]) >= 3
    assert NAME not in everything_kept()


def test_by_form_and_over_the_api(keeping: Bookkeeping) -> None:
    matter_id = spoken_of(keeping)
    transfer_id, _photo = receipt(keeping, purpose="误工费", file_name=f"{NAME}收条.jpg")
    inspector = keeping.villages.post("c1.housing", "county_inspector")
    desk, address = browser(inspector), "/villages/erasing/"
    given = {"village": keeping.villages.prefecture.places["P102001"].code, "name": NAME}
    page = text(desk.get(address, given))
    assert "not over yet" in page and f'value="{matter_id}"' in page and f"{NAME}收条.jpg" in page
    sent: dict[str, Any] = given | {"reason": "本人申请", "sure": "on", "matter_ids": [str(matter_id)]}
    assert 'id="matter_ids-error"' in text(desk.post(address, sent), 409)
    over(keeping, matter_id)
    assert desk.post(address, sent).status_code == 302
    body = {
        "place_id": str(keeping.villages.place_id), "name": NAME, "reason": "本人申请",
        "transfer_ids": [str(transfer_id)],
    }  # fmt: skip
    assert caller(inspector).done("/acts/village.erase_party", body)["result"] >= 2
    assert NAME not in everything_kept()
