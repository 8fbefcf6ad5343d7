"""A matter that failed says what may be done: which step again, by when, and a new matter like this one."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone, translation

from tianqu.packs.village.meetings import acts
from tianqu.packs.village.meetings.procedure import MeetingBody
from tianqu.packs.village.tests.matters import FOUR, held, opened, whole
from tianqu.packs.village.tests.test_register_pages import browser, text
from tianqu.packs.village.tests.villages import Villages
from tianqu.packs.village.words import day_said

pytestmark = pytest.mark.django_db


def test_a_lost_vote_is_held_again_and_disclosed(villages: Villages) -> None:
    matter_id = opened(villages)
    for body in FOUR:
        held(villages, matter_id, body, **({"agreed": 90} if body is MeetingBody.MEMBERS else {}))
    desk = browser(villages.accountant)
    page = text(desk.get(f"/villages/meetings/{matter_id}/"))
    assert "What may be done now" in page and "may be held again on the same proposal" in page
    assert f'/villages/meetings/{matter_id}/meeting?body=members"' in page
    with translation.override("en"):
        assert day_said(timezone.localdate() + timedelta(days=10)) in page  # announced today
    assert "That it was not carried is disclosed, too, by 28 Sep 2025" in page
    assert f"/villages/meetings/new?like={matter_id}" in page
    fresh = text(desk.get(f"/villages/meetings/new?like={matter_id}"))
    assert "南洼土地发包" in fresh and re.search(r'name="number" value=""', fresh)
    villager = text(browser(villages.villager).get(f"/villages/meetings/{matter_id}/"))
    assert "What may be done now" in villager and "?like=" not in villager
    held(villages, matter_id, MeetingBody.MEMBERS, held_on=timezone.localdate())
    assert "may be held again on the same proposal" not in text(desk.get(f"/villages/meetings/{matter_id}/"))


def test_a_withdrawn_matter_leads_to_a_new_one(villages: Villages) -> None:
    matter_id = opened(villages)
    acts.withdraw_matter(villages.accountant, matter_id=matter_id, reason="不再发包")
    page = text(browser(villages.accountant).get(f"/villages/meetings/{matter_id}/"))
    assert f"/villages/meetings/new?like={matter_id}" in page and "It was withdrawn" in page


def test_a_step_that_was_left_out_is_named_with_the_way_to_enter_it(villages: Villages) -> None:
    matter_id = opened(villages)
    for body in (MeetingBody.BRANCH, MeetingBody.PARTY_MEMBERS, MeetingBody.MEMBERS):
        held(villages, matter_id, body, **({"present": 1, "agreed": 1} if body is MeetingBody.BRANCH else {}))
    page = text(browser(villages.accountant, "zh-hans").get(f"/villages/meetings/{matter_id}/"))
    assert "第1步" in page and "人数不足" in page and "meeting?body=branch" in page


def test_a_matter_in_good_order_says_nothing_of_it(villages: Villages) -> None:
    page = text(browser(villages.accountant).get(f"/villages/meetings/{whole(villages)}/"))
    assert "What may be done now" not in page
    for like in ("x", "00000000-0000-0000-0000-000000000000"):
        answer = browser(villages.accountant).get(f"/villages/meetings/new?like={like}")
        assert answer.status_code in (200, 404)
