"""GeoReport v2 as somebody else's program reads it: the PyPI client ``georeport`` against a running server."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from georeport import GeoReport

from tests.orders.hotline import Hotline
from tianqu.kernel.orders.api import accept_order, dispatch_order, finish_order, publish_order

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def client(live_server: Any, request: pytest.FixtureRequest, settings: Any) -> GeoReport:
    return GeoReport(f"{live_server.url}/open311/v2", settings.TIANQU_REALM, output_format=request.param)


@pytest.mark.parametrize("client", ["json", "xml"], indirect=True)
def test_the_client_reads_services_and_requests(hotline: Hotline, client: GeoReport) -> None:
    services = {row["service_code"]: row for row in client.get_service_list()}
    assert set(services) == {"road.lamp", "water.none"}
    assert services["road.lamp"]["service_name"] == "路灯"
    assert client.get_service_definition("road.lamp")["service_code"] == "road.lamp"

    now = timezone.now()
    receipts = [hotline.place(public=True, at=now, title=title) for title in ("一", "二")]
    order_id = receipts[0].order_id
    dispatch_order(hotline.dispatcher, order_id=order_id, unit_id=hotline.unit_id)
    accept_order(hotline.clerk, order_id=order_id)
    finish_order(hotline.clerk, order_id=order_id, answer_public="已更换灯具。")
    publish_order(hotline.dispatcher, order_id=order_id, title="一", question="灯", answer="已更换灯具。")

    listed = client.get_service_requests(start_date=(now - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ"))
    assert {row["service_request_id"] for row in listed} == {receipt.code for receipt in receipts}
    one = client.get_service_request(receipts[0].code)
    assert (one["status"], one["status_notes"]) == ("closed", "已更换灯具。")
    opened = client.get_service_requests(service_request_id=",".join(receipt.code for receipt in receipts))
    assert sorted(row["status"] for row in opened) == ["closed", "open"]
