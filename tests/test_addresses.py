"""Where a request came from."""

import pytest

from groat import addresses


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "trusted_proxies", "address"),
    [
        ("192.0.2.1", "", 0, "192.0.2.1"),
        ("192.0.2.1", "198.51.100.7", 0, "192.0.2.1"),
        ("192.0.2.1", "198.51.100.7", 1, "198.51.100.7"),
        ("192.0.2.1", "10.9.9.9, 198.51.100.7", 1, "198.51.100.7"),
        ("192.0.2.1", "198.51.100.7, 192.0.2.2", 2, "198.51.100.7"),
        ("192.0.2.1", "198.51.100.7", 2, "192.0.2.1"),
        ("192.0.2.1", "", 1, "192.0.2.1"),
        ("192.0.2.1", "198.51.100.7:51234", 1, "198.51.100.7"),
        ("192.0.2.1", "[2001:db8::7]:51234", 1, "2001:db8::7"),
        ("192.0.2.1", "nonsense", 1, None),
        ("fe80::1%eth0", "", 0, "fe80::1"),
        ("::ffff:192.0.2.1", "", 0, "192.0.2.1"),
        (None, "", 0, None),
        ("", "", 0, None),
    ],
)
def test_an_address_is_believed_as_far_as_our_own_proxies_wrote_it(
    peer: str | None, forwarded_for: str, trusted_proxies: int, address: str | None
):
    assert addresses.of_client(peer=peer, forwarded_for=forwarded_for, trusted_proxies=trusted_proxies) == address
