"""An administrator of the whole realm, and the county of the tests of the pages."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.cache import cache
from django.test import Client

from tests.web.conftest import PASSWORD, signed_in
from tianqu.kernel.journal.api import ANYBODY, SYSTEM, Scope, seeing
from tianqu.kernel.places.api import Account, Role, appoint, known_roles, register_role, sign_up, unit_called


@pytest.fixture(autouse=True)
def _sign_ins_counted_anew() -> None:
    """Each test signs in afresh; together they would pass the limit of sign-ins a minute, which the cache counts."""
    cache.clear()


@pytest.fixture
def administrator(realm: None) -> Client:
    """The browser of an administrator, who sits at the water bureau and reaches everything."""
    account = Account.objects.get(id=sign_up(ANYBODY, login="admin.chen", password=PASSWORD, name="陈管理"))
    with seeing(Scope(everything=True)):
        appoint(
            SYSTEM, person_id=account.person_id, unit_id=unit_called("water").id, role="administrator",
            title="管理员", valid_from=date(2020, 1, 1),
        )  # fmt: skip
    return signed_in(account)


def county_role() -> None:
    """Make the role of an administrator known whose post reaches the place of its unit, and no further."""
    role = known_roles()["administrator"]
    register_role(Role("county_administrator", "County administrator", role.permissions, reach="place"))


def county_administrator() -> Client:
    """The browser of an administrator whose post reaches the county of the tests, and no further."""
    county_role()
    account = Account.objects.get(id=sign_up(ANYBODY, login="county.gao", password=PASSWORD, name="高县管"))
    with seeing(Scope(everything=True)):
        appoint(
            SYSTEM, person_id=account.person_id, unit_id=unit_called("roads").id, role="county_administrator",
            title="县管理员", valid_from=date(2020, 1, 1),
        )  # fmt: skip
    return signed_in(account)
