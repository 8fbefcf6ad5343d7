"""The one function that asks what an account must be like, beside the five conditions that it stands for."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

# Each condition as SQL says it, by the name of its law, in the order in which they are asked.
CONDITIONS = {
    "ledgers_account_side": "side IN ('debit', 'credit')",
    "ledgers_account_sums": "posted_debit >= 0 AND posted_credit >= 0 AND pending_debit >= 0 AND pending_credit >= 0",
    "ledgers_account_days": "closed_on IS NULL OR closed_on >= opened_on",
    "ledgers_account_empty": (
        "closed_on IS NULL OR (posted_debit = posted_credit AND pending_debit = 0 AND pending_credit = 0)"
    ),
    "ledgers_account_limits": (
        "(balance_max IS NULL OR balance_max >= CASE side WHEN 'debit' THEN posted_debit - posted_credit"
        " + pending_debit ELSE posted_credit - posted_debit + pending_credit END) AND (balance_min IS NULL OR"
        " balance_min <= CASE side WHEN 'debit' THEN posted_debit - posted_credit - pending_credit"
        " ELSE posted_credit - posted_debit - pending_debit END)"
    ),
}
SUM = st.integers(-1, 4)
LIMIT = st.none() | st.integers(-4, 4)
DAY = st.dates(date(2024, 1, 1), date(2024, 1, 3))
ACCOUNT = {
    "side": (st.sampled_from(["debit", "credit", "left"]), "text"), "posted_debit": (SUM, "bigint"),
    "posted_credit": (SUM, "bigint"), "pending_debit": (SUM, "bigint"), "pending_credit": (SUM, "bigint"),
    "balance_min": (LIMIT, "bigint"), "balance_max": (LIMIT, "bigint"), "opened_on": (DAY, "date"),
    "closed_on": (st.none() | DAY, "date"),
}  # fmt: skip


def broken(account: dict[str, Any]) -> str | None:
    """The first of the conditions that PostgreSQL itself finds broken."""
    columns = ", ".join(f"%({name})s::{kind} AS {name}" for name, (_values, kind) in ACCOUNT.items())
    asked = ", ".join(f"({condition})" for condition in CONDITIONS.values())
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {asked} FROM (SELECT {columns}) a", account)
        held = cursor.fetchone()
    return next((law for law, right in zip(CONDITIONS, held, strict=True) if not right), None)


def refused(account: dict[str, Any]) -> str | None:
    """The law that the function names, if it refuses."""
    given = ", ".join(f"%({name})s::{kind}" for name, (_values, kind) in ACCOUNT.items())
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SELECT ledgers_account_right({given})", account)
            assert cursor.fetchone() == (True,)
    except IntegrityError as error:
        cause: Any = error.__cause__
        return str(cause.diag.constraint_name)
    return None


@pytest.mark.django_db
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(account=st.fixed_dictionaries({name: values for name, (values, _kind) in ACCOUNT.items()}))
def test_the_function_says_what_the_conditions_say(account: dict[str, Any]) -> None:
    assert refused(account) == broken(account)
