"""How many database statements a page needs, once the process is warm.

python -m benchmarks.statements PATH LOGIN
"""

from __future__ import annotations

import json
import sys

from tianqu.project.starting import start_django

start_django()

from django.conf import settings  # noqa: E402  Django is set up first
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from benchmarks.preparing import actor_called  # noqa: E402


def main(path: str, login: str) -> None:
    """Get the page twice in one session, and print what the second time needed."""
    account, _actor = actor_called(login)
    client = Client(SERVER_NAME="localhost")
    client.force_login(account, backend=settings.AUTHENTICATION_BACKENDS[0])
    assert client.get(path).status_code == 200
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    print(json.dumps({"statements": len(captured.captured_queries)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
