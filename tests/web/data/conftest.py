"""The offices of the datasets' tests, for the tests of pages and programs."""

from __future__ import annotations

from tests.kernel.datasets.conftest import office, store

__all__ = ["office", "store"]
