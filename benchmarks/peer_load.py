"""What we do beside what peers do: same machine, same server, same load, in turns.

Orders placed beside tickets filed with django-helpdesk by its own API with a token, without an address of the
submitter, so that it renders and sends no mail. Transfers posted beside django-hordak's own form for simple
transactions, and beside journal entries that django-ledger posts by its own ``commit_txs`` behind one address.
"""

from __future__ import annotations

import random
from typing import Any, Final
from urllib.parse import urlencode

import orjson

from benchmarks import ledgers
from benchmarks.load import posted
from benchmarks.peers import Peer
from benchmarks.placing import TEXTS, orders
from benchmarks.stack import Installation, Served
from benchmarks.table import Measure
from benchmarks.texts import request_text

HELPDESK: Final = Peer("django-helpdesk", "helpdesk", "/login/", times_minimum=4.0)  # that issue 2 asks for
HORDAK: Final = Peer("django-hordak", "hordak", "/healthz", times_minimum=5.0)  # that issue 3 asks for, as the next
DJANGO_LEDGER: Final = Peer("django-ledger", "django_ledger", "/healthz", times_minimum=5.0)


def tickets(prepared: dict[str, Any], count: int) -> list[bytes]:
    """Requests to file so many tickets, with the texts that our orders have."""
    chance = random.Random()
    texts = [request_text(chance) for _n in range(TEXTS)]
    headers = {"Authorization": f"Token {prepared['token']}"}
    return [
        posted(
            "/api/tickets/",
            orjson.dumps({
                "queue": prepared["queue"], "title": "下水道堵塞", "description": chance.choice(texts), "priority": 3,
            }),
            headers=headers,
        )
        for _n in range(count)
    ]  # fmt: skip


def transactions(prepared: dict[str, Any], count: int) -> list[bytes]:
    """Requests to django-hordak's form for so many simple transactions between the accounts that it has."""
    chance = random.Random()
    headers = _signed_in(prepared)
    made = []
    for told in ledgers.told(chance, count=count):
        debit, credit = chance.sample(prepared["accounts"], 2)
        body = urlencode({
            "amount_0": f"{told['legs'][0][1] / 100:.2f}", "amount_1": "CNY", "debit_account": debit,
            "credit_account": credit, "date": told["day"], "description": told["purpose"],
        })  # fmt: skip
        made.append(
            posted("/transactions/create/", body.encode(), kind="application/x-www-form-urlencoded", headers=headers)
        )
    return made


def entries(prepared: dict[str, Any], count: int) -> list[bytes]:
    """Requests to post so many entries of two lines with django-ledger."""
    chance = random.Random()
    headers = _signed_in(prepared)
    return [
        posted(
            "/entries",
            orjson.dumps({
                "ledger": chance.choice(prepared["ledgers"]), "accounts": chance.sample(prepared["accounts"], 2),
                "amount": f"{told['legs'][0][1] / 100:.2f}", "day": told["day"], "purpose": told["purpose"],
            }),
            headers=headers,
        )
        for told in ledgers.told(chance, count=count)
    ]  # fmt: skip


def _signed_in(prepared: dict[str, Any]) -> dict[str, str]:
    token = prepared["cookies"].rpartition("csrftoken=")[2]
    return {"Cookie": prepared["cookies"], "X-CSRFToken": token}


def measures(installed: Installation, served: Served, *, seconds: float, rounds: int) -> list[Measure]:
    """Place orders beside django-helpdesk."""
    placed = dict(installed.prepared)
    return HELPDESK.measures(
        installed, served, ours=lambda count: orders(placed, count=count), theirs=tickets, seconds=seconds,
        rounds=rounds,
    )  # fmt: skip


def posting_measures(installed: Installation, served: Served, *, seconds: float, rounds: int) -> list[Measure]:
    """Post transfers beside django-hordak and django-ledger."""
    prepared = installed.run("benchmarks.ledgers", "prepare", "beside")
    lines = []
    for peer, theirs in ((HORDAK, transactions), (DJANGO_LEDGER, entries)):
        lines += peer.measures(
            installed, served, ours=lambda count: ledgers.requests(prepared, count=count), theirs=theirs,
            seconds=seconds, rounds=rounds,
        )  # fmt: skip
    return lines
