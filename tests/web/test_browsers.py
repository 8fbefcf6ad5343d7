"""What the lists of sessions and accesses call a browser."""

from __future__ import annotations

import pytest

from tianqu.web.layout.browsers import browser

WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/140.0.0.0 Safari/537.36", "Chrome 140, Windows"),
        (f"Mozilla/5.0 (Windows NT 10.0) {WEBKIT} Chrome/140.0.0.0 Safari/537.36 Edg/140.0.1", "Edge 140, Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0", "Firefox 143, Linux"),
        (f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) {WEBKIT} MicroMessenger/8.0.50", "WeChat 8, iPhone"),
        ("georeport/1.0", "georeport/1.0"),
        ("", ""),
    ],
)
def test_browser_has_a_short_name(agent: str, name: str) -> None:
    assert browser(agent) == name
