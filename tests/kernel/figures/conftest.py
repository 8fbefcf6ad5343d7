"""The offices of the datasets' tests, whose officers also define figures."""

from tests.kernel.datasets.conftest import office, store

__all__ = ["office", "store"]
