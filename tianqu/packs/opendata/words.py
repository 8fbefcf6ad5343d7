"""What the codes of domains are called."""

from __future__ import annotations

from tianqu.kernel.datasets.api import DOMAINS
from tianqu.kernel.pack.api import said


def domain_name(code: str) -> str:
    """What one of the nineteen domains is called."""
    return said(*DOMAINS[code])
