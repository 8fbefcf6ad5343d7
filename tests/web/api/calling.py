"""A program that calls the API with somebody's token."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from tianqu.kernel.journal.api import Actor, Scope, seeing
from tianqu.kernel.places.api import Account, issue_token

BASE = "/api/v1"


def token_for(actor: Actor, *scopes: str) -> str:
    """Return a token of somebody, for everything they may unless ``scopes`` say less."""
    with seeing(Scope(everything=True)):
        account = Account.objects.get(person_id=actor.person_id)
    issued = issue_token(
        actor, account_id=account.id, name="test", scopes=list(scopes or ("*",)), post_id=actor.post_id,
        expires_at=timezone.now() + timedelta(days=1),
    )  # fmt: skip
    return issued.secret


@dataclass(frozen=True)
class Caller:
    """Calls with one token, or with none."""

    headers: dict[str, str] = field(default_factory=dict)

    def get(self, address: str, **query: Any) -> Any:
        return Client(headers=self.headers).get(f"{BASE}{address}", query)

    def post(self, address: str, body: object = None, **headers: str) -> Any:
        client = Client(headers=self.headers | headers)
        return client.post(f"{BASE}{address}", {} if body is None else body, content_type="application/json")

    def read(self, address: str, **query: Any) -> Any:
        """Return the JSON of an answer that must be one."""
        answer = self.get(address, **query)
        assert answer.status_code == 200, answer.content
        return answer.json()

    def done(self, address: str, body: object = None, **headers: str) -> Any:
        """Return the JSON of an act that must be done."""
        answer = self.post(address, body, **headers)
        assert answer.status_code in (200, 201), answer.content
        return answer.json()


ANYONE = Caller()


def caller(actor: Actor, *scopes: str) -> Caller:
    """Return a program with a token of somebody."""
    return Caller({"Authorization": f"Bearer {token_for(actor, *scopes)}", "Accept-Language": "en"})
