"""The village whose book is kept, for the tests of its accounts."""

from tianqu.packs.village.keeping.tests.conftest import keeping

__all__ = ["keeping"]
