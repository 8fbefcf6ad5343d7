"""Two villages, a folder for their scans, and the erasing of a lessee."""

from __future__ import annotations

from tianqu.packs.village.keeping.tests.conftest import keeping
from tianqu.packs.village.measuring.tests.conftest import villages

__all__ = ["keeping", "villages"]
