"""What may be written outside an act, and what not: signing in and using a token change nothing of the prefecture."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection
from django.utils import timezone
from pytest_django import Settings

from tests.kernel.places.prefecture import Prefecture, build
from tests.owner import as_owner
from tests.scenes import scene
from tianqu.kernel.journal.api import ANYBODY, SYSTEM, seeing
from tianqu.kernel.places import api

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def committed(settings: Settings) -> Prefecture:
    """The small prefecture, committed, so that no act is open in the connection's transaction."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    api.forget_actors()
    return scene(build)


def run(sql: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.rowcount


def test_signing_in_and_using_a_token_are_no_acts(committed: Prefecture) -> None:
    account = committed.person("t101", "test_clerk")
    owner = api.actor_of(account, channel="web")
    issued = api.issue_token(
        owner, account_id=account.id, name="x", scopes=["*"], expires_at=timezone.now() + timedelta(days=1),
        post_id=owner.post_id,
    )  # fmt: skip
    account.last_login = timezone.now()
    account.set_password("something-else-9")
    account.save()
    assert api.token_actor(issued.secret, channel="api") is not None
    assert api.ApiToken.objects.get(id=issued.id).last_used_at is not None
    api.note_access(ANYBODY, "sign_in_failed")
    api.note_access(owner, "signed_in")


REFUSED = [
    "UPDATE places_account SET login = 'root'",
    "UPDATE places_account SET is_active = NOT is_active",
    "UPDATE places_api_token SET scopes = '{*}', expires_at = 'infinity'",
    "UPDATE places_access_record SET address = ''",
    "DELETE FROM places_access_record",
    "DELETE FROM places_api_token",
    "DELETE FROM places_account",
    "UPDATE places_post SET role = 'administrator'",
    "UPDATE places_place SET name = 'x'",
    "UPDATE places_unit SET successor_id = NULL",
    "DELETE FROM places_succession",
    "UPDATE places_person SET name = ''",
    "TRUNCATE places_account CASCADE",
    "TRUNCATE places_access_record",
]


def test_everything_else_is(committed: Prefecture) -> None:
    account = committed.person("t101", "test_clerk")
    owner = api.actor_of(account, channel="web")
    api.issue_token(
        owner, account_id=account.id, name="x", scopes=["orders.see"], expires_at=timezone.now() + timedelta(days=1)
    )  # fmt: skip
    api.note_access(owner, "signed_in")
    for sql in REFUSED:
        with seeing(SYSTEM.scope), pytest.raises(IntegrityError, match="tianqu:"):
            as_owner(sql)
