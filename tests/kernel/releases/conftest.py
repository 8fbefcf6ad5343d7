"""The offices of the datasets' tests, with figures to quote."""

from tests.kernel.datasets.conftest import office, store

__all__ = ["office", "store"]
