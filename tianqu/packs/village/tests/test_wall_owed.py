"""What a poster says is owed is what is still owed: on the page, in the lists, on paper and in the draft."""

from __future__ import annotations

import io
import re

import pytest
from pypdf import PdfReader

from tianqu.packs.village.models import HoldingKind
from tianqu.packs.village.tests.test_register_pages import browser, text
from tianqu.packs.village.tests.test_wall_desk import ADDRESS
from tianqu.packs.village.tests.test_wall_pages import BASE, place_in_log, visitor
from tianqu.packs.village.tests.walls import LESSEE, WallVillage, a_quarter
from tianqu.packs.village.wall.paper import poster_pdf
from tianqu.packs.village.wall.telling import told

pytestmark = pytest.mark.django_db


def plain(page: str) -> str:
    """The words of a page without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_what_is_settled_is_not_told_as_owed(wall_village: WallVillage) -> None:
    a_quarter(wall_village)  # a debt of 10,000 yuan, and a claim of 900 yuan of which 400 are settled
    villages = wall_village.villages
    villages.holding("Z2", name="欠水费", amount_fen=349_600, party=LESSEE, settled_fen=349_600)
    draft = plain(text(browser(wall_village.accountant).get(ADDRESS)))
    assert "Owed to the village yuan 500.00" in draft and "Owed by the village yuan 10,000.00" in draft
    wall_village.publish()
    place_in_log()
    edition = wall_village.edition()
    assert edition.content["debts"]["sums"] == {"holdings": 2, "amount_fen": 1_349_600, "settled_fen": 349_600}
    page = plain(text(visitor("en").get(BASE)))
    assert "still owed 500.00 yuan · owed in all 900.00 · settled 400.00" in page
    assert "Together still owed 10,000.00 yuan · owed in all 13,496.00 · settled 3,496.00" in page
    assert "1 settled in full, 3,496.00 yuan" in page and "欠水费" not in page
    assert "欠水费" not in text(visitor("en").get(f"{BASE}list/debts"))
    assert "尚欠 500.00 元" in plain(text(visitor().get(BASE)))
    poster = told(edition.content)
    assert (poster.claims.sums["owed"].text, poster.debts.sums["owed"].text) == ("500.00", "10,000.00")
    pdf = poster_pdf(edition, size="a4", language="en")
    paper = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    assert "still owed" in paper and "13,496.00" not in paper and "10,000.00" in paper
    assert "1 settled in full" in re.sub(r"\s+", " ", paper)


def test_a_village_that_is_owed_nothing_any_more_says_so(wall_village: WallVillage) -> None:
    wall_village.post(("102", 1_000_000), ("301", -1_000_000), kind="opening")
    wall_village.villages.holding("Q1", HoldingKind.CLAIM, name="应收租金", party=LESSEE, settled_fen=1_000_000)
    wall_village.publish()
    place_in_log()
    page = plain(text(visitor("en").get(BASE)))
    assert "Together still owed 0.00 yuan" in page and "1 settled in full, 10,000.00 yuan" in page
    assert "应收租金" not in page
