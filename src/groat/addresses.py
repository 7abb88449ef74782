"""Where a request came from."""

from functools import lru_cache
from ipaddress import IPv6Address, ip_address


def of_client(*, peer: str | None, forwarded_for: str, trusted_proxies: int) -> str | None:
    """The network address of whoever asked; None when it cannot be told, as on a Unix socket.

    `forwarded_for` is the X-Forwarded-For header. Each of our own `trusted_proxies` appends the
    address that called it, so the client's is that many from the right; further left, anybody
    could have written what stands there.
    """
    told = peer or ""
    if trusted_proxies:
        hops = [hop.strip() for hop in forwarded_for.split(",") if hop.strip()]
        if len(hops) >= trusted_proxies:
            told = hops[-trusted_proxies]
    return _plain(told)


# The same tills ask again and again.
@lru_cache(maxsize=1024)
def _plain(text: str) -> str | None:
    """The address alone: without the port that some proxies add, without an IPv6 zone, IPv4 as IPv4."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)
