"""The secrets of API keys."""

import hashlib
import secrets

PREFIX = "groat_"
"""So that a secret is known for one where it was left lying."""


def fresh() -> str:
    """A new secret: the prefix and 256 random bits as 43 characters."""
    return PREFIX + secrets.token_urlsafe(32)


def hash_of(secret: str) -> bytes:
    """What the database knows of a secret: SHA-256; 256 random bits need no salt."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
