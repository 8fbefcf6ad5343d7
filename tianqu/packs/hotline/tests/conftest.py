"""The pages are tested on the small hotline of the tests of orders, with the roles of the pack itself."""

from tests.orders.conftest import hotline

__all__ = ["hotline"]
