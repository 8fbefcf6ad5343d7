"""The straight way of placing a request answers as the long one does, and leaves everything unusual to it."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from django.db import connection
from hypothesis import HealthCheck, given
from hypothesis import settings as bounds
from hypothesis import strategies as st

from tests.kernel.ledgers.village import BOOK, build
from tests.orders.hotline import Hotline
from tests.scenes import scene
from tests.web.api.calling import token_for
from tianqu.kernel.ledgers.api import forget_books
from tianqu.project import wsgi
from tianqu.project.wsgi import application
from tianqu.web.api import straight

pytestmark = pytest.mark.django_db(transaction=True)
BODY = {
    "item": "road.lamp", "place": "P102001", "title": "路灯不亮", "description": "村口的路灯坏了三天。",
    "contact": {"name": "李梅", "phone": "13800000000"}, "address": "解放路1号",
}  # fmt: skip
TRANSFERS = "/api/v1/transfers"
Told = tuple[str, list[tuple[str, str]], Any]
Way = Callable[..., Told]


@pytest.fixture
def token(hotline: Hotline) -> str:
    """A dispatcher's token that both ways know."""
    secret = token_for(hotline.dispatcher)
    call(secret, BODY)
    return secret


def call(secret: str, body: object, **environ: Any) -> Told:
    """Call as a WSGI server does: the status line, the headers and the body of the answer."""
    sent = body if isinstance(body, bytes) else orjson.dumps(body)
    told: list[Any] = []
    whole = {
        "REQUEST_METHOD": "POST", "PATH_INFO": "/api/v1/orders", "QUERY_STRING": "", "SERVER_NAME": "localhost",
        "SERVER_PORT": "8000", "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "localhost",
        "wsgi.input": io.BytesIO(sent), "wsgi.url_scheme": "http", "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(sent)), "HTTP_AUTHORIZATION": f"Bearer {secret}", "HTTP_ACCEPT_LANGUAGE": "en",
        **environ,
    }  # fmt: skip
    given = {name: each for name, each in whole.items() if each is not None}
    blocks = application(given, lambda *said: told.extend(said))
    return told[0], sorted(told[1]), orjson.loads(b"".join(blocks))


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bool]]:
    """Whether each call was answered by the straight way."""
    seen: list[bool] = []
    real = straight.go_straight

    def noting(environ: Any, way: Any) -> Any:
        answer = real(environ, way)
        seen.append(answer is not None)
        return answer

    monkeypatch.setattr(wsgi, "go_straight", noting)
    yield seen


def the_long_way(monkeypatch: pytest.MonkeyPatch, *given: Any, **environ: Any) -> Told:
    with monkeypatch.context() as patch:
        patch.setattr(wsgi, "STRAIGHT", {})
        return call(*given, **environ)


def test_both_ways_answer_alike(token: str, taken: list[bool], monkeypatch: pytest.MonkeyPatch) -> None:
    key = str(uuid4())
    first = call(token, BODY, HTTP_IDEMPOTENCY_KEY=key)
    again = call(token, BODY, HTTP_IDEMPOTENCY_KEY=key)
    long = the_long_way(monkeypatch, token, BODY, HTTP_IDEMPOTENCY_KEY=key)
    assert taken == [True, True]
    assert first[0] == again[0] == long[0] == "201 Created"
    assert first[2] == again[2] == long[2]
    assert again[1] == long[1]
    assert ("Idempotent-Replayed", "true") in again[1]
    assert ("Idempotent-Replayed", "true") not in first[1]


parts = st.fixed_dictionaries(
    {},
    optional={
        "title": st.sampled_from(["灯", "", " ", "a" * 121, "\u202eabc", "x\x00", 3]),
        "description": st.sampled_from(["灯坏了", "", "b" * 10_001, "🙂"]),
        "item": st.sampled_from(["road.lamp", "none", ""]), "place": st.sampled_from(["P102001", "P1", "x"]),
        "identity": st.sampled_from(["open", "sealed", "anonymous", "nobody"]),
        "lon": st.sampled_from([116.3, 200, "116.30", None, True]), "lat": st.sampled_from([37.4, -91, "x", None]),
        "urgency": st.sampled_from(["none", "danger", "soon"]), "public": st.sampled_from([True, False, "true", 1]),
        "form": st.sampled_from([{}, {"unknown": 1}, [], None]),
        "contact": st.sampled_from([None, {}, {"kind": "firm"}, {"kind": "king"}, {"more": ""}]),
        "order_id": st.sampled_from([None, "x", 7, str(uuid4())]), "at": st.sampled_from([None, "2026-01-01", 5]),
        "asked_by": st.sampled_from([None, "web", "door"]), "more": st.just(1),
    },
)  # fmt: skip


@bounds(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts)
def test_whatever_is_sent_both_ways_say_the_same(token: str, monkeypatch: pytest.MonkeyPatch, changes: Any) -> None:
    told = {**BODY, **changes}
    key = str(uuid4())
    here = call(token, told, HTTP_IDEMPOTENCY_KEY=key)
    there = the_long_way(monkeypatch, token, told, HTTP_IDEMPOTENCY_KEY=key)
    assert here[0] == there[0]
    assert here[2] == there[2]


@pytest.mark.parametrize(
    ("status", "environ"),
    [
        ("422", {"QUERY_STRING": "more=1"}),
        ("415", {"CONTENT_TYPE": "text/plain"}),
        ("201", {"CONTENT_TYPE": "application/json; charset=utf-8"}),
        ("401", {"HTTP_AUTHORIZATION": "Bearer nobody"}),
        ("201", {"HTTP_AUTHORIZATION": None}),
        ("422", {"HTTP_IDEMPOTENCY_KEY": "two words"}),
        ("422", {"HTTP_IDEMPOTENCY_KEY": "x" * 201}),
        ("400", {"HTTP_HOST": "evil.example"}),
        ("413", {"CONTENT_LENGTH": str(10**12)}),
    ],
)
def test_what_is_unusual_goes_the_long_way(token: str, taken: list[bool], status: str, environ: Any) -> None:
    assert call(token, BODY, **environ)[0].startswith(status)
    assert taken == [False]


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"title":"\\u0000"}', b"\xff", b"[" * 50_000])
def test_what_is_no_body_is_a_problem(token: str, taken: list[bool], body: bytes) -> None:
    status, headers, problem = call(token, body)
    assert status[:3] in ("400", "422")
    assert ("Content-Type", "application/problem+json") in headers
    assert problem["code"] in ("unreadable", "invalid_inputs", "invalid_input")
    assert taken == [False]


ODD_HEADERS: list[dict[str, str | None]] = [
    {"HTTP_AUTHORIZATION": "bearer {token}"}, {"HTTP_AUTHORIZATION": "Bearer  {token} "},
    {"HTTP_AUTHORIZATION": "Bearer {token},Basic eDp5"}, {"HTTP_HOST": "LOCALHOST:8000"}, {"HTTP_HOST": "[::1]:8000"},
    {"HTTP_HOST": "localhost."}, {"HTTP_HOST": "localhost,evil"}, {"HTTP_HOST": "localhost@evil"}, {"HTTP_HOST": None},
    {"HTTP_X_FORWARDED_HOST": "evil.example"}, {"HTTP_ORIGIN": "https://evil.example"}, {"HTTP_ACCEPT": "text/html"},
    {"HTTP_CONTENT_ENCODING": "gzip"}, {"HTTP_IDEMPOTENCY_KEY": ""}, {"CONTENT_LENGTH": "00000"},
]  # fmt: skip
ODD_PARTS = [
    b',"title":"again"', b',"lon":1e400,"lat":1', b',"lon":NaN,"lat":1', b',"lon":-0.0,"lat":0',
    b',"lon":116.123456789012345678901234567890,"lat":37.1', b',"form":{"n":123456789012345678901234567890}',
    b',"form":{"n":9007199254740993}', b',"address":"\\ud800"', b',"address":"\\ud83d\\ude42"',
    b',"form":{"x":' + b"[" * 900 + b"]" * 900 + b"}",
]  # fmt: skip


def test_odd_headers_and_odd_json_are_answered_alike(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = orjson.dumps(BODY)
    bodies = [b"\xef\xbb\xbf" + whole, *(whole[:-1] + part + b"}" for part in ODD_PARTS)]
    none: dict[str, str | None] = {}
    for body, odd in [*((whole, odd) for odd in ODD_HEADERS), *((body, none) for body in bodies)]:
        environ = {name: value and value.format(token=token) for name, value in odd.items()}
        here, there = call(token, body, **environ), the_long_way(monkeypatch, token, body, **environ)
        assert here[:2] == there[:2], (odd, body[:80])
        assert here[0][0] != "5"
        assert here[2].keys() == there[2].keys()
        assert here[0].startswith("201") or here[2] == there[2]


def test_what_breaks_is_answered_once_and_not_tried_again(
    token: str, taken: list[bool], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tries: list[int] = []

    def breaking(*_given: Any, **_more: Any) -> None:
        tries.append(1)
        raise RuntimeError("behind the act")

    monkeypatch.setattr("tianqu.web.api.orders.place_order", breaking)
    status, _headers, problem = call(token, BODY)
    assert status == "500 Internal Server Error"
    assert problem["code"] == "broken"
    assert (tries, taken) == ([1], [True])
    assert "behind the act" in caplog.text


def test_a_token_is_counted_once_whichever_way(token: str, taken: list[bool], settings: Any) -> None:
    settings.TIANQU_API_TOKEN_PER_MINUTE = 3  # a count of its own
    answers = [call(token, body)[0][:3] for body in (BODY, {**BODY, "item": "none"}, BODY, BODY)]
    assert answers == ["201", "404", "201", "429"]
    assert taken == [True, False, True, False]


def test_an_actor_sees_with_their_own_eyes(hotline: Hotline, token: str, taken: list[bool]) -> None:
    """The request before was somebody's else; the connection must not keep their scope."""
    other = token_for(hotline.clerk)
    call(other, BODY)
    call(token, BODY)
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('tianqu.person')")
        row = cursor.fetchone()
    assert row is not None
    assert UUID(row[0]) == hotline.dispatcher.person_id


transfer_parts = st.fixed_dictionaries(
    {},
    optional={
        "book": st.sampled_from(["village.none", "", 3]), "day": st.sampled_from(["2024-02-30", "1899-01-01", "x", 5]),
        "kind": st.sampled_from(["rent", "reversal", "X", ""]), "purpose": st.sampled_from(["", "x" * 501, "\u202e"]),
        "reference": st.sampled_from(["contract:1", "nothing"]), "voucher": st.sampled_from(["记-1", "y" * 61, "\x00"]),
        "pending": st.sampled_from([True, False, "true", 1]),
        "expires_at": st.sampled_from([None, "2024-01-01T00:00:00+08:00", "2024-01-01T00:00:00", "soon"]),
        "transfer_id": st.sampled_from([None, "x", 7, str(uuid4())]), "at": st.sampled_from([None, "2026-01-01", 5]),
        "legs": st.lists(
            st.fixed_dictionaries({
                "account_id": st.sampled_from([0, 1, 2**60, "1", 1.0]), "amount": st.sampled_from([5, -5, 0, 1.5]),
            }),
            max_size=3,
        ),
        "more": st.just(1),
    },
)  # fmt: skip


@pytest.fixture
def keeper(db: None) -> Iterator[tuple[str, dict[str, Any]]]:
    """A bookkeeper's token that both ways know, and a transfer that they may post."""
    forget_books()
    village = scene(build)
    secret = token_for(village.bookkeeper)
    body = {
        "book": BOOK, "day": "2024-03-05", "purpose": "收地租",
        "legs": [
            {"account_id": village.accounts["101"], "amount": 700},
            {"account_id": village.accounts["501"], "amount": -700},
        ],
    }  # fmt: skip
    call(secret, {}, PATH_INFO=TRANSFERS)
    yield secret, body
    forget_books()


@bounds(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(transfer_parts)
def test_whatever_is_posted_both_ways_say_the_same(
    keeper: tuple[str, dict[str, Any]], monkeypatch: pytest.MonkeyPatch, changes: Any
) -> None:
    token, body = keeper
    key = str(uuid4())
    told = {**body, **changes}
    here = call(token, told, PATH_INFO=TRANSFERS, HTTP_IDEMPOTENCY_KEY=key)
    there = the_long_way(monkeypatch, token, told, PATH_INFO=TRANSFERS, HTTP_IDEMPOTENCY_KEY=key)
    assert here[0] == there[0]
    if here[0] == "201 Created":
        assert here[2] | {"again": True} == there[2]
        assert ("Idempotent-Replayed", "true") in there[1]
    else:
        assert here[2] == there[2]


def test_a_transfer_goes_the_straight_way(keeper: tuple[str, dict[str, Any]], taken: list[bool]) -> None:
    token, body = keeper
    key = str(uuid4())
    first, again = (call(token, body, PATH_INFO=TRANSFERS, HTTP_IDEMPOTENCY_KEY=key) for _time in range(2))
    assert taken == [True, True]
    assert (first[0], first[2]["again"], again[2]["again"]) == ("201 Created", False, True)
    assert ("Idempotent-Replayed", "true") in again[1]
