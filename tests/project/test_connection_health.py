"""A kept connection is known to be alive without asking, and known to be dead when the server has ended it."""

from __future__ import annotations

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext


@pytest.mark.django_db(transaction=True)
def test_a_live_connection_is_not_asked() -> None:
    connection.ensure_connection()
    with CaptureQueriesContext(connection) as captured:
        assert connection.is_usable()
    assert captured.captured_queries == []


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_the_server_ended_is_found_dead_and_replaced() -> None:
    connection.ensure_connection()
    process = connection.connection.info.backend_pid
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [process])
    finally:
        other.close()
    assert not connection.is_usable()
    connection.health_check_enabled, connection.health_check_done = True, False
    connection.close_if_health_check_failed()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)


@pytest.mark.django_db(transaction=True)
def test_no_connection_is_not_usable() -> None:
    connection.close()
    assert not connection.is_usable()
