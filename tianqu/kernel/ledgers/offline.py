"""The second door of ledgers: what works with leaves of the public log alone, without Django and without a database."""

from tianqu.kernel.ledgers.leaves import Completeness, check_leaves, number_in

__all__ = ["Completeness", "check_leaves", "number_in"]
