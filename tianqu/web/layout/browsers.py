"""What browsers call themselves, in short, for the lists of sessions and accesses."""

from __future__ import annotations

import re
from typing import Final

# In this order: a browser names those that it descends from behind itself.
BROWSERS: Final = (
    ("MicroMessenger", "WeChat"), ("Edg", "Edge"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
SYSTEMS: Final = ("Android", "iPhone", "iPad", "Windows", "Macintosh", "Linux")


def browser(agent: str) -> str:
    """Return a browser's short name, such as "Chrome 140, Windows"; one that nobody knows as it calls itself."""
    name = next(((title, re.search(rf"{mark}\w*/(\d+)", agent)) for mark, title in BROWSERS if mark in agent), None)
    if name is None:
        return agent[:40]
    title, version = name
    system = next((one for one in SYSTEMS if one in agent), "")
    return ", ".join(part for part in (f"{title} {version[1]}" if version else title, system) if part)
