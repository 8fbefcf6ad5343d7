"""django-hordak's site; run as a program it makes tables, accounts and a session, and prints them as JSON."""

from __future__ import annotations

import json
import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hordak_settings")

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()

ACCOUNTS = 1_200  # as many as ours: a hundred books of twelve


def main() -> None:
    """Prepare an empty database."""
    from django.core.management import call_command
    from hordak.models import Account, AccountType
    from sessions import session_of_new_user

    call_command("migrate", verbosity=0)
    accounts = [
        Account.objects.create(name=f"Account {number}", code=str(number), type=AccountType.asset, currencies=["CNY"])
        for number in range(ACCOUNTS)
    ]
    print(json.dumps({"accounts": [str(account.uuid) for account in accounts], "cookies": session_of_new_user()}))


if __name__ == "__main__":
    main()
