"""Villages whose contracts are published, and one whose book is kept."""

from tianqu.packs.village.keeping.tests.conftest import keeping
from tianqu.packs.village.tests.conftest import villages

__all__ = ["keeping", "villages"]
