"""The secrets of API keys."""

import base64
import hashlib
import secrets

from django.utils.crypto import salted_hmac

PREFIX = "groat_"
"""So that a secret is known for one where it was left lying."""


def fresh() -> str:
    """A new secret: the prefix and 256 random bits as 43 characters."""
    return PREFIX + secrets.token_urlsafe(32)


def drawn(seed: str) -> str:
    """The secret that belongs to this seed: whoever asks with it again gets the same, and nobody else can.

    The seed must be kept nowhere, for the secret is not either.
    """
    bits = salted_hmac("groat.programmes.keys", seed, algorithm="sha256").digest()
    return PREFIX + base64.urlsafe_b64encode(bits).decode().rstrip("=")


def hash_of(secret: str) -> bytes:
    """What the database knows of a secret: SHA-256; 256 random bits need no salt."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
