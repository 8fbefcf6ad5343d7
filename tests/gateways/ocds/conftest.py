"""Villages whose contracts are published."""

from tianqu.packs.village.tests.conftest import villages

__all__ = ["villages"]
