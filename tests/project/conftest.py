"""The tests of the whole house stand on the small hotline of the tests of orders, with the roles of the packs."""

from tests.kernel.journal.conftest import own_log
from tests.orders.conftest import hotline

__all__ = ["hotline", "own_log"]
