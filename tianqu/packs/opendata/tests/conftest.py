"""The offices of the datasets' tests, who register systems too."""

from __future__ import annotations

from tests.kernel.datasets.conftest import office, store

__all__ = ["office", "store"]
