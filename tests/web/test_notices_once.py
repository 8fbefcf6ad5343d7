"""The sentence that says what was done is shown on the next page, whichever process serves it, and once."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.web.conftest import signed_in
from tianqu.kernel.places.api import Account

pytestmark = pytest.mark.django_db
SAID = "Your details were changed."


def test_the_browser_carries_it(resident: Account) -> None:
    client = signed_in(resident)
    given = {"name": "赵磊", "name_en": "", "phone": "", "email": "", "language": "en"}
    answer = client.post("/account/details/", given)
    assert answer.status_code == 302
    assert answer.cookies["messages"].value, "kept by the browser, and not in the memory of one process"
    elsewhere = Client(SERVER_NAME="localhost", HTTP_ACCEPT_LANGUAGE="en")
    elsewhere.cookies = client.cookies
    assert SAID in elsewhere.get(answer["Location"]).content.decode()
    assert SAID not in elsewhere.get(answer["Location"]).content.decode()
