"""Where a request comes from, behind as many proxies of ours as there are."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

NETWORK_BITS: Final = 64  # what one customer has at least of IPv6 (RFC 6177): all of its addresses are one caller


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


def counted_address(headers: Mapping[str, str], *, proxies: int) -> str:
    """Return what a sender is counted by: the address, of IPv6 its network, in which everybody has 2^64 of them."""
    told = client_address(headers, proxies=proxies)
    try:
        address = ip_address(told)
    except ValueError:  # a server behind a socket is told none
        return told
    if not isinstance(address, IPv6Address):
        return told
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ip_network((int(address), NETWORK_BITS), strict=False))
