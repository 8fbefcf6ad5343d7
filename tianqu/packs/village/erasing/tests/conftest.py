"""The village whose book is kept, and the one of which findings are opened, for the tests of erasing names."""

from tianqu.packs.village.findings.tests.conftest import stage
from tianqu.packs.village.keeping.tests.conftest import keeping

__all__ = ["keeping", "stage"]
