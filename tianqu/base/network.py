"""Where a request comes from, behind as many proxies of ours as there are."""

from __future__ import annotations

from collections.abc import Mapping


def client_address(headers: Mapping[str, str], *, proxies: int) -> str:
    """Return the network address of whoever sent a request, from its WSGI environment (PEP 3333).

    ``proxies`` is how many proxies of ours stand before us; each adds the address it was called from to
    ``X-Forwarded-For``. What a client wrote there itself stands further left and is not believed.
    """
    if proxies > 0:
        told = [part.strip() for part in headers.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
        if len(told) >= proxies:
            return told[-proxies]
    return headers.get("REMOTE_ADDR", "")
