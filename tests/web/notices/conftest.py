"""Notices are tested on the small hotline of the tests of orders."""

from tests.orders.conftest import hotline

__all__ = ["hotline"]
