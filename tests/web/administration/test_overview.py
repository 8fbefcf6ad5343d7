"""The first page of the administration and the journal's: who opens them, and what they say."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.web.conftest import signed_in
from tianqu.kernel.journal.checks import run_check
from tianqu.kernel.journal.models import LogCheck
from tianqu.kernel.places.api import Account

PAGES = ("/administration/", "/administration/journal/")


@pytest.mark.django_db
@pytest.mark.parametrize("address", PAGES)
def test_pages_open_to_the_administrator_in_both_languages(administrator: Client, address: str) -> None:
    answer = administrator.get(address)
    assert answer.status_code == 200
    assert "Administration" in answer.content.decode()
    chinese = administrator.get(address, headers={"accept-language": "zh-hans"})
    assert "系统管理" in chinese.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("address", PAGES)
def test_pages_are_closed_to_others(clerk: Account, resident: Account, visitor: Client, address: str) -> None:
    for account in (clerk, resident):
        browser = signed_in(account)
        assert browser.get(address).status_code == 403
        assert browser.post(address).status_code == 403
    answer = visitor.get(address)
    assert answer.status_code == 302 and answer["Location"].startswith("/account/login/")


@pytest.mark.django_db
def test_menu_leads_there_for_whoever_may(administrator: Client, clerk: Account) -> None:
    assert 'href="/administration/"' in administrator.get("/administration/").content.decode()
    assert 'href="/administration/"' not in signed_in(clerk).get("/desk/").content.decode()


@pytest.mark.django_db
def test_check_is_done_by_the_worker_and_its_result_is_kept(administrator: Client) -> None:
    address = "/administration/journal/"
    assert "Not checked yet" in administrator.get(address).content.decode()
    assert administrator.post(address).status_code == 302
    check = LogCheck.objects.get()
    assert "under way" in administrator.get(address).content.decode()
    again = administrator.post(address, follow=True).content.decode()
    assert "A check is under way already." in again and LogCheck.objects.count() == 1
    run_check(check.id)
    page = administrator.get(address).content.decode()
    assert "1 fault was found" in page and "There is no checkpoint." in page
    assert "Checked at" in page and "Check again" in page
    run_check(check.id)  # a job may run twice
    assert LogCheck.objects.get().finished_at is not None


@pytest.mark.django_db
def test_background_work_is_counted(administrator: Client) -> None:
    page = administrator.get("/administration/journal/").content.decode()
    assert "No worker is at work" in page and "No job has failed" in page and "Messages given up" in page
    assert "No text model is in use" in page or "Trained at" in page
