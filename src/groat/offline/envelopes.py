"""What a device keeps: each tap encrypted to the server (JWE, RFC 7516) and signed by the device (JWS, RFC 7515).

The device alone can sign, with a key that its browser does not give away; the server alone can open,
with a key that is made from the programme's chip keys, so that it is wrapped at rest as they are.
"""

from functools import lru_cache
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc import jwe, jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from groat.cards import tokens, vault
from groat.ledger.core import commands
from groat.offline.rules import InvalidKey

LONGEST = 20_000
"""Characters of an envelope."""
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


class NotSigned(Exception):
    """No envelope, or not signed by this device."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Outside(_Strict):
    """What the device's signature is over."""

    sequence: int = Field(ge=1, lt=1 << 53)
    grant: int = Field(ge=1, lt=1 << 31)
    is_void: bool
    """Whether the cashier took the tap back before it was sent."""
    sealed: str = Field(max_length=LONGEST)


class Choice(_Strict):
    """What was chosen of a product, and what it added to its price."""

    id: str = Field(max_length=40)
    name: str = Field(max_length=200)
    price_minor: int = Field(gt=-(1 << 53), lt=1 << 53)


class Line(_Strict):
    """What was sold, at the price that the device knew."""

    product: UUID | None = Field(strict=False)
    name: str = Field(max_length=200)
    quantity: int = Field(ge=1, le=999)
    price_minor: int = Field(ge=0, lt=1 << 53)
    amount_minor: int = Field(ge=0, lt=1 << 53)
    choices: tuple[Choice, ...] = Field(default=(), max_length=100, strict=False)


class Inside(_Strict):
    """What the server alone can read."""

    key: str = Field(min_length=16, max_length=56)
    """Names the payment: asked for under it before, it is not taken twice."""
    at: AwareDatetime = Field(strict=False)
    staff: UUID = Field(strict=False)
    amount_minor: int = Field(ge=1, le=commands.MOST_MINOR)
    lines: tuple[Line, ...] = Field(max_length=100, strict=False)
    note: str = Field(max_length=200)
    checkout: UUID | None = Field(strict=False)
    """What the card may have paid already, if the network went away between the question and the answer."""
    token: str = Field(min_length=1, max_length=tokens.LONGEST)


def server_key(*, programme_id: int) -> ECKey:
    """The key that opens what a programme's devices kept. Refusal: ChipsNotSetUp."""
    return _derived(programme_id, vault.chip_keys(programme_id=programme_id).master_key)


@lru_cache(maxsize=1000)
def _derived(programme_id: int, master_key: bytes) -> ECKey:
    info = b"groat offline taps\0" + programme_id.to_bytes(8, "big")
    # 64 bits more than the order has, so that no key is likelier than another (FIPS 186-5, A.2.1).
    chance = HKDF(hashes.SHA256(), length=40, salt=None, info=info).derive(master_key)
    secret = int.from_bytes(chance, "big") % (_P256_ORDER - 1) + 1
    return ECKey.import_key(ec.derive_private_key(secret, ec.SECP256R1()))


def public_jwk(key: ECKey) -> dict[str, str]:
    """What may be told of a key."""
    return {name: str(value) for name, value in key.as_dict(private=False).items() if name in {"kty", "crv", "x", "y"}}


def device_key(jwk: Any) -> ECKey:
    """The public key that a device made, of the curve P-256. Refusal: InvalidKey."""
    if not isinstance(jwk, dict) or jwk.get("kty") != "EC" or jwk.get("crv") != "P-256":
        raise InvalidKey
    try:
        # Its public part alone: a private one is nothing that we want to have.
        key = ECKey.import_key({name: str(jwk.get(name)) for name in ("kty", "crv", "x", "y")})
        # That the point lies on the curve is looked at when it is first asked for.
        return ECKey.import_key(key.public_key)
    except (JoseError, ValueError) as error:
        raise InvalidKey from error


def outside(envelope: str, *, public_key: dict[str, str]) -> Outside:
    """What the device signed. Raises NotSigned."""
    if len(envelope) > LONGEST:
        raise NotSigned
    try:
        signed = jws.deserialize_compact(envelope, ECKey.import_key(dict(public_key)), algorithms=["ES256"])
        return Outside.model_validate_json(signed.payload)
    except (JoseError, ValueError) as error:
        raise NotSigned from error


def inside(sealed: str, *, key: ECKey) -> Inside | None:
    """What the device encrypted; None when it is not what a device writes."""
    try:
        opened = jwe.decrypt_compact(sealed, key, algorithms=["ECDH-ES", "A256GCM"])
        found = Inside.model_validate_json(opened.plaintext or b"")
    except (JoseError, ValidationError, ValueError):
        return None
    names = [line.name for line in found.lines] + [one.name for line in found.lines for one in line.choices]
    is_whole = not found.lines or sum(line.amount_minor for line in found.lines) == found.amount_minor
    return found if is_whole and all(text.isprintable() for text in (found.note, *names)) else None
