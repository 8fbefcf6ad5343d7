"""A form that Django itself cannot read is answered as GeoReport answers, not with a page for people."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.orders.hotline import Hotline

pytestmark = pytest.mark.django_db(transaction=True)
FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (FORM, b"api_key=x&description=" + b"a" * 3_000_000),
        (FORM, b"&".join(b"a%d=1" % number for number in range(2_000))),
        ("multipart/form-data", b"--b--"),
        (
            "multipart/form-data; boundary=b",
            b"".join(
                b'--b\r\nContent-Disposition: form-data; name="file"; filename="%d"\r\n\r\nx\r\n' % number
                for number in range(200)
            )
            + b"--b--\r\n",
        ),
    ],
    ids=["too large", "too many fields", "no boundary", "too many files"],
)
def test_an_unreadable_form_is_refused_as_georeport_says(hotline: Hotline, content_type: str, body: bytes) -> None:
    for form in ("json", "xml"):
        answer = Client().post(f"/open311/v2/requests.{form}", body, content_type=content_type)
        assert answer.status_code == 400
        if form == "json":
            (error,) = answer.json()
            assert error["code"] == 400 and error["description"]
        else:
            assert answer["Content-Type"].startswith("text/xml") and b"<code>400</code>" in answer.content


def test_too_many_parameters_are_refused_as_georeport_says(hotline: Hotline) -> None:
    answer = Client().get("/open311/v2/requests.json?" + "&".join(f"a{number}=1" for number in range(2_000)))
    assert (answer.status_code, answer.json()[0]["code"]) == (400, 400)
