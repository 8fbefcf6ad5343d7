"""Scans of contracts: kept and opened by whom it concerns, taken away with a reason, gone with the name of a party."""

from __future__ import annotations

import re
import zlib
from datetime import date
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone
from PIL import Image

from tests.owner import as_owner
from tests.web.api.calling import ANYONE, BASE, caller
from tianqu.base.errors import Conflict, InvalidInput, NotFound, NotPermitted, TooLarge
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.files import storage
from tianqu.kernel.files.api import store_file
from tianqu.kernel.files.models import StoredFile
from tianqu.kernel.journal.api import INSERT_ENTRY, SYSTEM, Actor, Scope, prepare_entry, seeing, set_scope
from tianqu.kernel.journal.models import Entry
from tianqu.kernel.pack.api import DemoStage
from tianqu.packs.village import acts
from tianqu.packs.village.demo.scanning import scans_of_sample
from tianqu.packs.village.desk import acts as desk
from tianqu.packs.village.desk.models import Conclusion, ReviewSubject
from tianqu.packs.village.erasing.acts import erase_party
from tianqu.packs.village.keeping.tests.bookkeeping import Bookkeeping, picture
from tianqu.packs.village.models import Contract
from tianqu.packs.village.queries import contract_detail
from tianqu.packs.village.registers.contracts import Particulars
from tianqu.packs.village.registers.nightly import answered_otherwise
from tianqu.packs.village.scanning.acts import attach_scans, take_scan_away
from tianqu.packs.village.scanning.models import ContractScan, ScanKind
from tianqu.packs.village.scanning.queries import open_scan, scans_of
from tianqu.packs.village.scanning.registers import scans as registers
from tianqu.packs.village.tests.demo_place import REALM
from tianqu.packs.village.tests.test_register_pages import browser, text
from tianqu.packs.village.tests.villages import Villages

PAGES = b"".join(b"%d 0 obj<</Type/Page/Parent 2 0 R>>endobj\n" % number for number in (3, 4, 5))
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\n2 0 obj<</Type/Pages>>endobj\n" + PAGES + b"%%EOF\n"


def stored(actor: Actor, content: bytes = PDF, name: str = "合同.pdf") -> UUID:
    set_scope(actor.scope)
    return store_file(actor, content=content, name=name).id


def attached(villages: Villages, contract_id: UUID, **more: Any) -> UUID:
    """Keep one scan with a contract, and return its identifier."""
    file_id = stored(villages.accountant, **more)
    assert attach_scans(villages.accountant, contract_id=contract_id, files=[file_id]) == 1
    return file_id


def located_photo() -> bytes:
    exif, taken = Image.Exif(), BytesIO()
    exif[0x010F] = "SecretCamera"
    exif.get_ifd(0x8825)[1] = "N"
    Image.new("RGB", (60, 40), "white").save(taken, "JPEG", exif=exif)
    return taken.getvalue()


def test_scans_are_listed_with_what_is_known_of_them_and_are_opened(villages: Villages) -> None:
    contract_id, keeper = villages.contract(), villages.accountant
    files = [stored(keeper), stored(keeper, located_photo(), "第二页.jpg")]
    for count in (2, 0):  # twice is once
        assert attach_scans(keeper, contract_id=contract_id, files=files) == count
    paper, photo = scans_of(keeper, contract_id=contract_id).standing
    assert (paper.id, paper.name, paper.pages, paper.size) == (files[0], "合同.pdf", 3, len(PDF))
    assert (photo.name, photo.pages, photo.by, photo.role) == ("第二页.jpg", 1, "赵会计", "village_accountant")
    assert b"".join(open_scan(keeper, contract_id=contract_id, scan_id=paper.id).chunks) == PDF
    shown = b"".join(open_scan(keeper, contract_id=contract_id, scan_id=photo.id).chunks)
    assert b"SecretCamera" not in shown and b"Exif" not in shown and shown.startswith(b"\xff\xd8")
    with seeing(SYSTEM.scope):
        entry = Entry.objects.get(subject=f"scan:{paper.id}")
        assert storage.sha256_of(PDF).encode() in bytes(entry.body or b"")
        assert "合同.pdf".encode() not in bytes(entry.body or b"")


def test_the_same_bytes_are_kept_once(villages: Villages) -> None:
    contract_id, keeper = villages.contract(), villages.accountant
    first = attached(villages, contract_id)
    again, other = stored(keeper, name="再传.pdf"), stored(keeper, PDF + b"\n%%EOF\n")
    assert attach_scans(keeper, contract_id=contract_id, files=[again, other]) == 1
    assert attach_scans(keeper, contract_id=contract_id, files=[stored(keeper)]) == 0
    assert [one.id for one in scans_of(keeper, contract_id=contract_id).standing] == [first, other]
    take_scan_away(keeper, scan_id=first, reason="重扫")
    assert attach_scans(keeper, contract_id=contract_id, files=[stored(keeper)]) == 1  # it may come back


@pytest.mark.parametrize(
    ("content", "name"), [("表".encode(), "表.txt"), (b"a,b\n1,2\n", "a.csv")]
)  # fmt: skip
def test_only_pictures_and_pdf_are_kept(villages: Villages, content: bytes, name: str) -> None:
    contract_id, keeper = villages.contract(), villages.accountant
    with pytest.raises(InvalidInput) as refused:
        attach_scans(keeper, contract_id=contract_id, files=[stored(keeper), stored(keeper, content, name)])
    assert refused.value.field == "files" and refused.value.remedy
    assert scans_of(keeper, contract_id=contract_id).standing == []


def test_too_many_and_none_and_those_of_others_are_refused(
    villages: Villages, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    contract_id, keeper = villages.contract(), villages.accountant
    for files in ([], [new_identifier() for _n in range(21)]):
        with pytest.raises(InvalidInput) as refused:
            attach_scans(keeper, contract_id=contract_id, files=files)
        assert refused.value.field == "files"
    with pytest.raises(NotFound):
        attach_scans(keeper, contract_id=contract_id, files=[new_identifier()])
    file_id = attached(villages, contract_id)
    with pytest.raises(Conflict):
        attach_scans(keeper, contract_id=villages.contract("C2"), files=[file_id])
    monkeypatch.setattr(registers, "SCANS_MAX", 1)
    with pytest.raises(TooLarge):
        attach_scans(keeper, contract_id=contract_id, files=[stored(keeper, picture(), "2.jpg")])


def test_taken_away_its_bytes_are_gone_and_its_hash_stays(
    villages: Villages, django_capture_on_commit_callbacks: Any
) -> None:
    contract_id, keeper = villages.contract(), villages.accountant
    scan_id = attached(villages, contract_id)
    with pytest.raises(InvalidInput) as refused:
        take_scan_away(keeper, scan_id=scan_id, reason=" ")
    assert refused.value.field == "reason"
    with django_capture_on_commit_callbacks(execute=True):
        for _time in range(2):
            take_scan_away(keeper, scan_id=scan_id, reason="扫错合同")
    found = scans_of(keeper, contract_id=contract_id)
    assert found.standing == [] and [one.id for one in found.taken] == [scan_id]
    assert found.taken[0].taken_away is not None and found.taken[0].taken_away.reason == "扫错合同"
    assert found.taken[0].sha256 == storage.sha256_of(PDF)
    with pytest.raises(NotFound):
        open_scan(keeper, contract_id=contract_id, scan_id=scan_id)
    assert storage.size_of("served", storage.sha256_of(PDF)) == -1
    with seeing(SYSTEM.scope):
        for subject in (f"scan:{scan_id}", f"scan_taken:{scan_id}"):
            assert storage.sha256_of(PDF).encode() in bytes(Entry.objects.get(subject=subject).body or b"")
    assert attach_scans(keeper, contract_id=contract_id, files=[scan_id]) == 0  # what went does not come back


def test_nothing_goes_from_under_the_eyes_of_an_auditor(villages: Villages) -> None:
    contract_id, keeper, auditor = villages.contract(), villages.accountant, villages.auditor
    scan_id = attached(villages, contract_id)
    set_scope(auditor.scope)
    review_id = desk.begin_review(
        auditor, review_id=new_identifier(), subject=ReviewSubject.CONTRACT, subject_id=contract_id
    )
    set_scope(keeper.scope)
    with pytest.raises(Conflict) as refused:
        take_scan_away(keeper, scan_id=scan_id, reason="重扫")
    assert refused.value.remedy
    set_scope(auditor.scope)
    desk.close_review(
        auditor, review_id=review_id, note_id=new_identifier(), conclusion=Conclusion.IN_ORDER, text="无误"
    )
    set_scope(keeper.scope)
    take_scan_away(keeper, scan_id=scan_id, reason="重扫")


def test_who_may_see_the_parties_opens_and_nobody_else(villages: Villages) -> None:
    contract_id = villages.contract()
    scan_id = attached(villages, contract_id)
    inspector = villages.post("c1.housing", "county_inspector")
    for actor in (villages.auditor, inspector):
        set_scope(actor.scope)
        assert b"".join(open_scan(actor, contract_id=contract_id, scan_id=scan_id).chunks) == PDF
        for attempt in (
            lambda actor=actor: take_scan_away(actor, scan_id=scan_id, reason="x"),
            lambda actor=actor: attach_scans(actor, contract_id=contract_id, files=[scan_id]),
        ):  # fmt: skip
            with pytest.raises(NotPermitted):
                attempt()
    stranger = villages.stranger
    set_scope(stranger.scope)
    for attempt in (
        lambda: scans_of(stranger, contract_id=contract_id),
        lambda: open_scan(stranger, contract_id=contract_id, scan_id=scan_id),
        lambda: take_scan_away(stranger, scan_id=scan_id, reason="x"),
        lambda: attach_scans(stranger, contract_id=contract_id, files=[scan_id]),
    ):
        with pytest.raises(NotFound):
            attempt()
    set_scope(villages.villager.scope)
    with pytest.raises(NotPermitted):
        scans_of(villages.villager, contract_id=contract_id)
    for scope in (stranger.scope, Scope()):
        set_scope(scope)
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM village_contract_scan")
            assert cursor.fetchone() == (0,)


def test_a_scan_is_writing_to_the_rules(villages: Villages, settings: Any) -> None:
    contract_id, keeper = villages.contract(particulars=Particulars(written=False)), villages.accountant

    def found() -> set[str]:
        set_scope(keeper.scope)
        judgement = contract_detail(keeper, contract_id=contract_id).judgement
        assert judgement is not None
        return {one["rule"] for one in judgement.findings} & {"oral", "paper_missing"}

    assert found() == {"oral"}
    annex = stored(keeper, picture(), "附件.jpg")
    attach_scans(keeper, contract_id=contract_id, files=[annex], kind=ScanKind.SUPPLEMENT)
    assert found() == {"oral"}  # an annex is no contract
    scan_id = attached(villages, contract_id)
    assert found() == set()
    township = str(Contract.objects.get(id=contract_id).place_path).rpartition(".")[0]
    assert answered_otherwise(township, today=timezone.localdate()) == []  # the night sees the scan, too
    set_scope(keeper.scope)
    take_scan_away(keeper, scan_id=scan_id, reason="不清楚")
    assert found() == {"oral"}
    settings.TIANQU_VILLAGE_POLICY = {"scan_since_year": 2021}
    contract_id = villages.contract("C2", until=date(2021, 8, 1))
    assert found() == {"paper_missing"}
    attached(villages, contract_id)
    assert found() == set()


LAWS = [
    ("stays written", "DELETE FROM village_scan_taken_away"),
    ("stays written", "DELETE FROM village_contract_scan"),
    ("may be emptied", "UPDATE village_contract_scan SET name = 'x'"),
    ("stays written", "UPDATE village_contract_scan SET sha256 = repeat('0', 64)"),
    ("may be emptied", "UPDATE village_scan_taken_away SET reason = 'x'"),
    ("village_scan_at_home", "INSERT INTO village_contract_scan SELECT gen_random_uuid(), 'P.P2', kind, name,"
     " media_type, size, pages, sha256, at, NULL, NULL, NULL, contract_id FROM village_contract_scan"),
    ("village_contract_scan_whole", "INSERT INTO village_contract_scan SELECT gen_random_uuid(), place_path, kind,"
     " name, 'text/html', size, pages, sha256, at, NULL, NULL, NULL, contract_id FROM village_contract_scan"),
]  # fmt: skip


@pytest.mark.parametrize(("law", "sql"), LAWS)
def test_the_database_keeps_the_scans_at_the_console_too(villages: Villages, law: str, sql: str) -> None:
    scan_id = attached(villages, villages.contract())
    take_scan_away(villages.accountant, scan_id=scan_id, reason="重扫")
    set_scope(SYSTEM.scope)
    with pytest.raises(IntegrityError) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT journal_open()")
        entry = prepare_entry(act="test.attack", subject="attack:1", after={}, actor=SYSTEM, at=timezone.now())
        cursor.execute(INSERT_ENTRY, entry.row())
        as_owner(sql)
    cause: Any = refused.value.__cause__
    assert law in f"{cause.diag.constraint_name} {cause.diag.message_primary}"


def test_by_form(villages: Villages) -> None:
    contract_id, keeper = villages.contract(), browser(villages.accountant)
    contract = f"/villages/contracts/{contract_id}/"
    assert "No scan yet" in text(keeper.get(contract))
    form = text(keeper.get(f"{contract}scans/"))
    assert 'capture="environment"' in form and 'accept="image/*"' in form and "application/pdf" in form
    for field, wrong in (
        ("files", {}), ("kind", {"kind": "gift", "files": SimpleUploadedFile("a.pdf", PDF)}),
        ("files", {"files": SimpleUploadedFile("假.pdf", b"MZ\x90\x00program")}),
        ("photos", {"photos": SimpleUploadedFile("假.jpg", b"MZ\x90\x00program")}),
    ):  # fmt: skip
        page = text(keeper.post(f"{contract}scans/", {"kind": "contract"} | wrong), 400)
        assert f'id="{field}-error"' in page
    for _time in range(2):
        sent = {
            "kind": "contract", "photos": SimpleUploadedFile("第一页.jpg", located_photo()),
            "files": [SimpleUploadedFile("合同.pdf", PDF)],
        }  # fmt: skip
        answer = keeper.post(f"{contract}scans/", sent)
        assert (answer.status_code, answer["Location"]) == (302, f"{contract}#scans"), text(answer)
    page = text(keeper.get(contract))
    assert page.count('class="attachment"') == 2 and "3 pages" in page and "赵会计" in page
    assert "村会计" in text(browser(villages.accountant, "zh-hans").get(contract))
    first, second = dict.fromkeys(re.findall(rf"{contract}scans/[0-9a-f-]+", page))
    small = keeper.get(f"{first}?size=small")
    assert small.status_code == 200 and small["Content-Type"] == "image/jpeg"
    assert keeper.get(second)["Content-Disposition"].startswith("attachment")
    assert browser(villages.auditor).get(second).status_code == 200
    assert browser(villages.stranger).get(second).status_code == 404
    assert browser(villages.villager).get(second).status_code == 403
    assert Client().get(second).status_code in (302, 403)
    assert "合同.pdf" not in text(browser(villages.villager).get(contract))
    assert "take-away" not in text(browser(villages.auditor).get(contract))
    assert browser(villages.auditor).get(f"{contract}scans/").status_code == 403
    assert 'id="reason-error"' in text(keeper.post(f"{second}/take-away", {}), 400)
    assert keeper.post(f"{second}/take-away", {"reason": "扫错合同"}).status_code == 302
    page = text(keeper.get(contract))
    assert "1 scan was taken away" in page and "扫错合同" in page and storage.sha256_of(PDF) in page
    assert keeper.get(second).status_code == 404 and keeper.get(f"{second}/take-away").status_code == 404


def test_contracts_without_a_scan_are_listed(villages: Villages) -> None:
    attached(villages, villages.contract("C1"))
    villages.contract("C2")
    annexed = villages.contract("C3")
    annex = stored(villages.accountant, picture(), "附件.jpg")
    attach_scans(villages.accountant, contract_id=annexed, files=[annex], kind=ScanKind.OTHER)
    auditor, desk = caller(villages.auditor), browser(villages.auditor)
    for asked, numbers in (("true", ["C1"]), ("false", ["C2", "C3"])):
        assert [row["number"] for row in auditor.read("/village/contracts", scanned=asked)["rows"]] == numbers
    page = text(desk.get("/villages/contracts/?scanned=no"))
    assert ">C2<" in page and ">C3<" in page and ">C1<" not in page


def test_over_the_api(villages: Villages) -> None:
    contract_id, keeper = villages.contract(), caller(villages.accountant)
    sent = {"file": SimpleUploadedFile("合同.pdf", PDF, "application/pdf")}
    handed_in = Client(headers=keeper.headers).post(f"{BASE}/files", sent).json()
    assert handed_in["pages"] == 3
    body = {"contract_id": str(contract_id), "files": [handed_in["id"]], "kind": "contract"}
    assert [keeper.done("/acts/village.attach_scans", body)["result"] for _time in range(2)] == [1, 0]
    for field, wrong in (("kind", "gift"), ("files", []), ("files", ["x"])):
        answer = keeper.post("/acts/village.attach_scans", body | {field: wrong})
        assert answer.status_code == 422 and field in answer.json()["field"], answer.json()
    address = f"/village/contracts/{contract_id}/scans"
    (row,) = keeper.read(address)
    assert (row["id"], row["pages"], row["by"], row["taken_away"]) == (handed_in["id"], 3, "赵会计", None)
    answer = caller(villages.auditor).get(f"{address}/{row['id']}")
    assert b"".join(answer.streaming_content) == PDF and answer["X-Content-Type-Options"] == "nosniff"
    for who, status in ((caller(villages.stranger), 404), (caller(villages.villager), 403), (ANYONE, 403)):
        assert who.get(address).status_code == status
        assert who.get(f"{address}/{row['id']}").status_code == status
    take = {"scan_id": row["id"], "reason": "扫错合同"}
    assert caller(villages.auditor).post("/acts/village.take_scan_away", take).status_code == 403
    assert caller(villages.stranger).post("/acts/village.take_scan_away", take).status_code == 404
    keeper.done("/acts/village.take_scan_away", take)
    assert keeper.read(address)[0]["taken_away"]["reason"] == "扫错合同"
    assert keeper.get(f"{address}/{row['id']}").status_code == 404
    assert keeper.get(f"{address}/{uuid4()}").status_code == 404


def test_scans_go_with_the_name_of_a_party(keeping: Bookkeeping, django_capture_on_commit_callbacks: Any) -> None:
    villages, name = keeping.villages, "李承租"
    contract_id, keeper = villages.contract(lessee=name), villages.accountant
    stays = attached(villages, contract_id, name=f"{name}的合同.pdf")
    gone = attached(villages, contract_id, content=picture(), name="2.jpg")
    take_scan_away(keeper, scan_id=gone, reason=f"是{name}的身份证")
    others = attached(villages, villages.contract("C2", lessee="王别人"), content=PDF + b"\n%%EOF\n")
    acts.end_contract(keeper, contract_id=contract_id, on=date(2022, 6, 1), reason="到期")
    inspector = villages.post("c1.housing", "county_inspector")
    set_scope(inspector.scope)
    told: dict[str, Any] = {
        "place_id": villages.place_id, "name": name, "reason": "本人申请", "contract_ids": [contract_id],
    }  # fmt: skip
    with django_capture_on_commit_callbacks(execute=True):
        assert erase_party(inspector, **told) > 0
    assert erase_party(inspector, **told) == 0
    with seeing(SYSTEM.scope):
        kept = " ".join(bytes(one.body or b"").decode() for one in Entry.objects.all())
        names = [
            *ContractScan.objects.values_list("name", flat=True),
            *StoredFile.objects.values_list("name", flat=True),
        ]
        assert name not in kept and storage.sha256_of(PDF) in kept
    assert not [one for one in names if name in one]
    assert storage.size_of("served", storage.sha256_of(PDF)) == -1
    set_scope(keeper.scope)
    found = scans_of(keeper, contract_id=contract_id)
    assert found.standing == [] and {one.id for one in found.taken} == {stays, gone}
    assert {one.taken_away.reason for one in found.taken if one.taken_away} == {""}
    page = text(browser(keeper).get(f"/villages/contracts/{contract_id}/"))
    assert "with the name of a party" in page and name not in page
    set_scope(keeper.scope)
    with pytest.raises(Conflict):
        attach_scans(keeper, contract_id=contract_id, files=[stored(keeper)])
    other = Contract.objects.get(number="C2").id
    assert [one.id for one in scans_of(keeper, contract_id=other).standing] == [others]


def test_the_demonstration_keeps_some_that_say_they_are_invented(keeping: Bookkeeping) -> None:
    villages = keeping.villages
    for number in range(5):
        villages.contract(f"C{number}")
    villages.contract("C0-oral", particulars=Particulars(written=False))
    told: list[tuple[int, int]] = []
    stage = DemoStage(REALM, root="P", seed=1, year=1, past=1, tell=lambda done, total: told.append((done, total)))
    assert [scans_of_sample(stage) for _time in range(2)] == [4, 0] and told[-1] == (4, 4)
    with seeing(SYSTEM.scope):
        kept = list(ContractScan.objects.order_by("contract__number").values_list("contract__number", "media_type"))
        pages = set(ContractScan.objects.values_list("pages", flat=True))
    assert [number for number, _type in kept] == ["C0", "C1", "C2", "C3"] and pages == {1}
    assert {media_type.split("/")[0] for _number, media_type in kept} == {"application", "image"}


def test_pages_are_told_as_far_as_the_file_tells_them(villages: Villages) -> None:
    packed = zlib.compress(b"3 0 4 40 <</Type/Page/Parent 2 0 R>> <</Type /Page>>")
    objects = b"7 0 obj<</Type/ObjStm/N 2/First 9/Length %d>>stream\n%b\nendstream endobj\n" % (len(packed), packed)
    again = PDF.replace(b"%%EOF\n", b"") + b"3 0 obj<</Type/Page/Rotate 90>>endobj\n%%EOF\n"
    bare = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\n%%EOF\n"
    for content, pages in ((b"%PDF-1.5\n" + objects + b"%%EOF\n", 2), (again, 3), (bare, None)):
        file_id = stored(villages.accountant, content)
        with seeing(SYSTEM.scope):
            assert StoredFile.objects.get(id=file_id).pages == pages
