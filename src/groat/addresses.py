"""Where a request came from."""

from ipaddress import ip_address


def of_client(*, peer: str | None, forwarded_for: str, trusted_proxies: int) -> str | None:
    """The network address of whoever asked; None when there is none, as on a Unix socket.

    `forwarded_for` is the X-Forwarded-For header, of which only what our own `trusted_proxies`
    have appended is believed: everything further left, anybody could have written.
    """
    hops = [hop.strip() for hop in forwarded_for.split(",") if hop.strip()] if trusted_proxies else []
    candidate = hops[-min(trusted_proxies, len(hops))] if hops else peer
    return _valid(candidate) or _valid(peer)


def _valid(text: str | None) -> str | None:
    try:
        return str(ip_address((text or "").strip("[]")))
    except ValueError:
        return None
