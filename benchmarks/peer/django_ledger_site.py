"""django-ledger's site; run as a program it makes tables, ledgers and a session, and prints them as JSON."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "django_ledger_settings")

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()

LEDGERS = 100  # of one entity, with the accounts that it has from the start


def main() -> None:
    """Prepare an empty database."""
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from django_ledger.models import EntityModel
    from sessions import session_of_new_user

    call_command("migrate", verbosity=0)
    cookies = session_of_new_user()
    entity = EntityModel.create_entity(
        name="Village", use_accrual_method=True, admin=get_user_model().objects.get(), fy_start_month=1
    )
    entity.create_chart_of_accounts(assign_as_default=True, commit=True)
    entity.populate_default_coa(activate_accounts=True)
    accounts = list(entity.get_default_coa_accounts().filter(role__startswith="asset")[:12])
    ledgers = []
    for number in range(LEDGERS):
        ledger = entity.create_ledger(name=f"Book {number}", ledger_xid=f"book-{number}")
        ledger.post(commit=True)
        ledgers.append(str(ledger.uuid))
    # The first entry of a year makes the row that numbers them, and several at once would each make one.
    debit, credit = (
        {"account": account, "amount": 1, "description": "", "tx_type": kind}
        for account, kind in zip(accounts, ("debit", "credit"), strict=False)
    )
    ledger.commit_txs(je_timestamp=datetime(2019, 1, 1, tzinfo=UTC), je_txs=[debit, credit], je_posted=True)
    told = {"ledgers": ledgers, "accounts": [str(account.uuid) for account in accounts], "cookies": cookies}
    print(json.dumps(told))


if __name__ == "__main__":
    main()
