"""A press office with a release that a bureau signs, on the stage of datasets."""

from __future__ import annotations

from tests.kernel.datasets.conftest import office, store
from tests.kernel.releases.test_releases import press

__all__ = ["office", "press", "store"]
