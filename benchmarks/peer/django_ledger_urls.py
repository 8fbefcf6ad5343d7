"""An address that posts a journal entry with django-ledger's own API: its pages need several requests for one."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.utils import timezone
from django_ledger.models import AccountModel, LedgerModel


@login_required
def post_entry(request: HttpRequest) -> HttpResponse:
    """Post one entry of two lines in a ledger, checked and posted at once."""
    given = json.loads(request.body)
    ledger = LedgerModel.objects.select_related("entity").get(uuid=given["ledger"])
    accounts = {str(account.uuid): account for account in AccountModel.objects.filter(uuid__in=given["accounts"])}
    debit, credit = given["accounts"]
    amount = Decimal(given["amount"])
    entry, _lines = ledger.commit_txs(
        je_timestamp=timezone.make_aware(datetime.fromisoformat(given["day"])),
        je_txs=[
            {"account": accounts[debit], "amount": amount, "tx_type": "debit", "description": given["purpose"]},
            {"account": accounts[credit], "amount": amount, "tx_type": "credit", "description": given["purpose"]},
        ],
        je_posted=True,
        je_desc=given["purpose"],
    )
    return JsonResponse({"id": str(entry.uuid)}, status=201)


def there(_request: HttpRequest) -> HttpResponse:
    """Answer at all."""
    return HttpResponse("ok")


urlpatterns = [path("healthz", there), path("entries", post_entry)]
