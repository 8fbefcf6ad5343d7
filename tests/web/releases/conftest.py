"""The offices and the press office of the releases' tests."""

from tests.kernel.datasets.conftest import office, store
from tests.kernel.releases.test_releases import press

__all__ = ["office", "press", "store"]
