"""People with accounts who read nothing early: a villager, and officers of another county, by browser and token."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection, reset_queries, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.kernel.places.prefecture import Prefecture
from tests.limits import forget_calls
from tests.project.crawling import Visitor
from tianqu.kernel.journal.api import ANYBODY, Actor
from tianqu.kernel.places.api import Account, actor_of, issue_token, resident_actor

STRANGER = "stranger"
VILLAGER = "villager"
OFFICERS = ("clerk", "data_officer", "press_officer", "supervisor")  # of the second county's housing bureau
OUTSIDERS = (STRANGER, VILLAGER, *OFFICERS)
_BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@dataclass
class Outsider(Visitor):
    """Somebody who asks by browser, by token, and in the kernel as ``actor``."""

    actor: Actor = ANYBODY

    def get(self, address: str, **query: str) -> Any:
        forget_calls()
        headers = {"Authorization": f"Bearer {self.token}"} if self.token and address.startswith("/api/") else {}
        return self.client.get(address, query, headers=headers)

    def sent(self, method: str, address: str, told: str | Mapping[str, str] = "", **headers: str) -> tuple[str, int]:
        """What comes back for something that is sent, and how many queries it took; all that it did is undone.

        ``told`` is a form, or a body of JSON. No limit of calls is met.
        """
        forget_calls()
        headers |= {"Authorization": f"Bearer {self.token}"} if self.token and address.startswith("/api/") else {}
        with undone(), counted() as asked:
            if isinstance(told, str):
                answer = self.client.generic(method, address, told, "application/json", headers=headers)
            else:
                answer = getattr(self.client, method.lower())(address, told, headers=headers)
            assert answer.status_code != 500, f"{self.name}: {method} {address}"
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        lines = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
        return f"{answer.status_code}\n{lines}\n{body.decode('utf-8', 'replace')}", len(asked)


@contextmanager
def counted() -> Iterator[CaptureQueriesContext]:
    """The queries that are asked meanwhile; the list that Django keeps of them is full at nine thousand."""
    reset_queries()
    with CaptureQueriesContext(connection) as asked:
        yield asked


@contextmanager
def undone() -> Iterator[None]:
    """Whatever is written meanwhile is taken back.

    The point that is returned to is given up as well: of thousands within each other, each makes all questions slower.
    """
    savepoint = transaction.savepoint()
    try:
        yield
    finally:
        connection.needs_rollback = False
        transaction.savepoint_rollback(savepoint)
        transaction.savepoint_commit(savepoint)


def outsider(prefecture: Prefecture, who: str) -> Outsider:
    """One of ``OUTSIDERS``."""
    client = Client(SERVER_NAME="localhost", HTTP_ACCEPT_LANGUAGE="zh-hans")
    if who == STRANGER:
        return Outsider(who, client)
    account = prefecture.person(*(("v101009", "clerk") if who == VILLAGER else ("c2.housing", who)), name="何某")
    actor = resident_actor(account, channel="web") if who == VILLAGER else actor_of(account, channel="web")
    Account.objects.filter(id=account.id).update(must_change_password=False)
    client.force_login(account, _BACKEND)
    if who == VILLAGER:
        client.post("/account/post/", {"post": "resident"})
    token = issue_token(
        actor, account_id=account.id, name="t", scopes=["*"], expires_at=timezone.now() + timedelta(days=9),
        post_id=None if who == VILLAGER else actor.post_id,
    )  # fmt: skip
    return Outsider(who, client, token.secret, actor)


def without_what_is_drawn(page: str) -> str:
    """An answer without what is drawn anew each time: tokens against forgery, identifiers, nonces."""
    page = re.sub(r"(?<=name=\"csrfmiddlewaretoken\" value=\")\w{64}(?=\")", "", page)
    page = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "…", page)
    return re.sub(r"(?<=nonce-)[^' ]+|Expires: [^\n]*(?=\nCache-Control: max-age=0)", "", page)
