"""What happens near me on a map, photos of what took place, and how a link to an occasion is shown elsewhere."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone
from PIL import ExifTags, Image

from tests.kernel.occasions.stage import DAY, HALLS, HOUR, Stage, browser, shown
from tianqu.base.errors import NotFound, TooLarge
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.files.api import StoredFile, store_file
from tianqu.kernel.journal.api import SYSTEM, seeing
from tianqu.kernel.occasions import reading
from tianqu.kernel.occasions.api import PHOTOS_MAX, Photo, add_photo, announce, cancel, occasion_photos, remove_photo
from tianqu.web.occasions.sharing import Card, picture

HERE = {"lon": Decimal("116.359000"), "lat": Decimal("37.434000")}
SEEN = {"words": "台上三人", "words_en": "Three on the stage"}


@pytest.fixture(autouse=True)
def _kept_apart(settings: Any, tmp_path: Any) -> None:
    settings.TIANQU_FILES_URL = str(tmp_path / "files")


@pytest.fixture
def placed(stage: Stage) -> Iterator[Stage]:
    """The theatre at its place on the map."""
    HALLS["hall"] = replace(HALLS["hall"], **HERE)  # type: ignore[arg-type]  # numbers alone
    yield stage


def visitor(language: str = "en") -> Client:
    return Client(SERVER_NAME="localhost", HTTP_ACCEPT_LANGUAGE=language)


def photograph(number: int = 0) -> bytes:
    """A photo with the camera and the place where it was taken."""
    image, kept, exif = Image.new("RGB", (640, 480), (number, 90, 40)), io.BytesIO(), Image.Exif()
    exif[ExifTags.Base.Make] = "MARKCAMERA"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (37.0, 26.0, 5.0)
    image.save(kept, "JPEG", exif=exif)
    return kept.getvalue()


def sent(client: Client, occasion_id: UUID, content: bytes | None = None, **more: str) -> Any:
    file = io.BytesIO(photograph() if content is None else content)
    file.name = "现场.jpg"
    return client.post(f"/desk/occasions/{occasion_id}/photos", SEEN | {"files": file} | more)


def points(query: str = "", language: str = "en") -> list[dict[str, Any]]:
    answer = visitor(language).get(f"/occasions/map.geojson{query}")
    assert answer.status_code == 200, answer.content
    found: list[dict[str, Any]] = answer.json()["features"]
    return found


def test_the_map_has_the_filters_of_the_list(placed: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    soon = placed.show(tags=["premiere"])
    later, next_week = placed.show(starts=2 * DAY), placed.show(starts=8 * DAY)
    HALLS["hall"] = replace(HALLS["hall"], lon=None, lat=None)
    nowhere = placed.show(starts=HOUR)
    found = points("?kind=test_show")
    assert [one["id"] for one in found] == [str(soon), str(later)]
    assert found[0]["geometry"] == {"type": "Point", "coordinates": [116.359, 37.434]}
    told = found[0]["properties"]
    assert told["name"] == "The Peony Pavilion" and told["address"] == f"/occasions/{soon}/"
    assert points(language="zh-hans")[0]["properties"]["name"] == "牡丹亭"
    assert [one["id"] for one in points("?tag=premiere")] == [str(soon)]
    assert [one["id"] for one in points("?place=P101")] == [str(soon), str(later)] and points("?place=P2") == []
    day = timezone.localdate() + timedelta(days=8)
    assert [one["id"] for one in points(f"?from={day}")] == [str(next_week)]
    assert visitor().get("/occasions/map.geojson?from=never").status_code == 400
    assert visitor().get("/occasions/map.geojson?kind=nothing").status_code == 400
    page = visitor().get("/occasions/?tag=premiere").content.decode()
    assert 'data-source="/occasions/map.geojson?tag=premiere"' in page and "near.js" in page
    assert 'data-lon="116.359000"' in page and str(soon) in page  # the list says the same without script
    assert str(nowhere) in visitor().get("/occasions/").content.decode()
    monkeypatch.setattr(reading, "LIST_MAX", 1)
    assert len(points()) <= 1
    assert reading.LIST_MAX <= 500


def test_without_a_position_there_is_no_map(stage: Stage) -> None:
    stage.show()
    page = visitor().get("/occasions/").content.decode()
    assert "The Peony Pavilion" in page and "data-near" not in page and "near.js" not in page


def test_who_leads_shows_photos_of_what_has_begun(stage: Stage) -> None:
    occasion_id, coming = stage.show(starts=-HOUR), stage.show()
    desk, address = browser(stage.door), f"/occasions/{occasion_id}/"
    assert f"/desk/occasions/{occasion_id}/photos" in desk.get(f"/desk/occasions/{occasion_id}/").content.decode()
    wordless = sent(desk, occasion_id, words_en=" ")
    assert wordless.status_code == 400 and "台上三人" in wordless.content.decode()
    assert sent(desk, coming).status_code == 409
    assert sent(desk, occasion_id, b"%PDF-1.4\n%%EOF\n").status_code == 400
    assert sent(desk, occasion_id, b"<svg xmlns='http://www.w3.org/2000/svg'/>").status_code == 400
    with seeing(SYSTEM.scope):
        assert not StoredFile.objects.filter(erased_at=None).exists()  # what was refused is not kept
    assert sent(desk, occasion_id).status_code == 302
    [photo] = occasion_photos(occasion_id)
    page = visitor().get(address).content.decode()
    assert 'alt="Three on the stage"' in page and 'href="/ask/"' in page.split("<main")[1]
    assert 'alt="台上三人"' in visitor("zh-hans").get(address).content.decode()
    event = json.loads(re.findall(r'<script type="application/ld\+json">(.*?)</script>', page)[0])
    assert [one.endswith(f"{address}photos/{photo.id}") for one in event["image"]] == [True]
    assert event["image"][0].startswith("http")
    read = visitor().get(f"{address}photos/{photo.id}")
    content = b"".join(read.streaming_content)  # type: ignore[attr-defined]
    with Image.open(io.BytesIO(content)) as image:
        assert image.size == (640, 480) and not image.getexif()
    assert b"MARKCAMERA" in photograph() and b"MARKCAMERA" not in content
    tag = read.headers["ETag"]
    assert visitor().get(f"{address}photos/{photo.id}", HTTP_IF_NONE_MATCH=tag).status_code == 304
    small = visitor().get(f"{address}photos/{photo.id}?size=small")
    with Image.open(io.BytesIO(b"".join(small.streaming_content))) as image:  # type: ignore[attr-defined]
        assert max(image.size) == 320
    assert visitor().get(f"/occasions/{coming}/photos/{photo.id}").status_code == 404


def test_a_stranger_adds_and_removes_none(stage: Stage) -> None:
    occasion_id = stage.show(starts=-HOUR)
    assert sent(browser(stage.door), occasion_id).status_code == 302
    [photo] = occasion_photos(occasion_id)
    for other in (stage.stranger, stage.other, stage.account()):
        client = browser(other)
        assert client.get(f"/desk/occasions/{occasion_id}/photos").status_code == 403
        assert sent(client, occasion_id).status_code == 403
        refused = client.post(f"/desk/occasions/{occasion_id}/photos", {"remove": str(photo.id)})
        assert refused.status_code == 403
    assert sent(visitor(), occasion_id).status_code in (302, 403)  # to sign in
    assert [one.id for one in occasion_photos(occasion_id)] == [photo.id]
    api = f"/api/v1/occasions/{occasion_id}/photos"
    told = visitor().get(api).json()
    assert told == [{"id": str(photo.id), **SEEN, "address": f"/occasions/{occasion_id}/photos/{photo.id}"}]


def test_what_is_removed_is_gone(stage: Stage) -> None:
    occasion_id = stage.show(starts=-HOUR)
    desk, address = browser(stage.door), f"/desk/occasions/{occasion_id}/photos"
    sent(desk, occasion_id)
    [photo] = occasion_photos(occasion_id)
    assert desk.post(address, {"remove": str(new_identifier())}).status_code == 404
    assert desk.post(address, {"remove": str(photo.id)}).status_code == 302
    assert desk.post(address, {"remove": str(photo.id)}).status_code == 302  # safe to send twice
    assert visitor().get(f"/occasions/{occasion_id}/photos/{photo.id}").status_code == 404
    assert "Three on" not in visitor().get(f"/occasions/{occasion_id}/").content.decode()
    kept = Photo.objects.get(id=photo.id)
    assert (kept.words, kept.words_en) == ("", "") and kept.removed_at is not None
    with seeing(SYSTEM.scope):
        stored = StoredFile.objects.get(id=photo.id)
    assert stored.erased_at is not None and stored.name == ""


def test_there_are_at_most_twelve(stage: Stage) -> None:
    occasion_id = stage.show(starts=-HOUR)
    ids = [store_file(stage.door, content=photograph(number), name="a.jpg").id for number in range(PHOTOS_MAX + 1)]
    for file_id in ids[:-1]:
        add_photo(stage.door, occasion_id=occasion_id, file_id=file_id, **SEEN)
    add_photo(stage.door, occasion_id=occasion_id, file_id=ids[0], **SEEN)  # once more is the same
    with pytest.raises(TooLarge):
        add_photo(stage.door, occasion_id=occasion_id, file_id=ids[-1], **SEEN)
    assert [one.id for one in occasion_photos(occasion_id)] == ids[:-1]
    assert "as many photos as there may be" in (
        browser(stage.door).get(f"/desk/occasions/{occasion_id}/photos").content.decode()
    )
    for file_id in ids[:2]:
        remove_photo(stage.door, occasion_id=occasion_id, file_id=file_id)
    add_photo(stage.door, occasion_id=occasion_id, file_id=ids[-1], **SEEN)
    with pytest.raises(NotFound):  # a removed one does not come back
        add_photo(stage.door, occasion_id=occasion_id, file_id=ids[0], **SEEN)


def test_a_link_is_shown_with_title_time_place_and_picture(stage: Stage) -> None:
    occasion_id = stage.show(at=timezone.now())
    address = f"/occasions/{occasion_id}/"
    for language, name, venue, told in (
        ("en", "The Peony Pavilion", "Grand Theatre", "en"), ("zh-hans", "牡丹亭", "大剧院", "zh"),
    ):  # fmt: skip
        page = visitor(language).get(address).content.decode()
        tags = dict(re.findall(r'<meta property="(og:[a-z:]+)" content="([^"]*)">', page))
        assert tags["og:title"] == name and venue in tags["og:description"] and tags["og:url"].endswith(address)
        assert tags["og:image"].endswith(f"{address}share.png?in={told}&amp;version=1")
        assert tags["og:locale"] == {"en": "en_GB", "zh": "zh_CN"}[told]
    first, second = (visitor().get(f"{address}share.png?in=zh") for _time in range(2))
    assert first.headers["Content-Type"] == "image/png" and first.content == second.content
    with Image.open(io.BytesIO(first.content)) as image:
        assert image.size == (1200, 630)
    english = visitor("zh-hans").get(f"{address}share.png?in=en")
    assert english.content != first.content and english.headers["ETag"] != first.headers["ETag"]
    kept = visitor().get(f"{address}share.png?in=zh", HTTP_IF_NONE_MATCH=first.headers["ETag"])
    assert kept.status_code == 304 and not kept.content
    it = shown(occasion_id)
    announce(
        stage.door, occasion_id=occasion_id, kind=it.kind, subject=it.subject, title="长生殿", title_en=it.title_en,
        words=it.words, words_en=it.words_en, venue=it.venue, venue_en=it.venue_en, starts_at=it.starts_at,
        ends_at=it.ends_at, places=it.places,
    )  # fmt: skip
    changed = visitor().get(f"{address}share.png?in=zh", HTTP_IF_NONE_MATCH=first.headers["ETag"])
    assert changed.status_code == 200 and changed.content != first.content
    cancel(stage.door, occasion_id=occasion_id, cause="weather", reason="雨", reason_en="Rain")
    assert visitor().get(f"{address}share.png?in=zh").content != changed.content
    assert visitor().get(f"/occasions/{new_identifier()}/share.png").status_code == 404


@pytest.mark.parametrize(
    "title",
    ["牡" * 100, "W" * 100, "a " * 50, "🎭🎭", "“引号”，标点。" * 10, "A-very-long-word" * 6, "混 mixed 文本 text" * 8],
)
def test_any_title_is_drawn_the_same_twice(title: str) -> None:
    card = Card(title, "2026年11月29日 19:30", "大剧院", "文化馆", "取消")
    first = picture(card)
    picture.cache_clear()
    assert picture(card) == first and first.startswith(b"\x89PNG")
