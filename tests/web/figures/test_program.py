"""Figures computed by programs."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from tests.kernel.datasets.office import Office
from tests.web.api.calling import caller


def test_computing_anew_lifts_no_embargo_unless_it_is_said(trade: Office) -> None:
    who, address = caller(trade.officer), "/figures/trade.total/compute"
    until = (timezone.now() + timedelta(hours=1)).isoformat()
    hidden = who.done(address, {"period": "2020", "embargoed_until": until})["number"]
    assert who.done(address, {"period": "2020"})["number"] == hidden
    assert who.done(address, {"period": "2020", "embargoed_until": None})["number"] == hidden + 1
