"""A till's browser as the server hears of it: it signs, encrypts and sends as the page's script does."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from json import dumps
from typing import Any
from uuid import UUID, uuid4

from joserfc import jwe, jws
from joserfc.jwk import ECKey

from groat.offline import actions, envelopes
from groat.offline.models import OfflineDevice, OfflineTap
from groat.programmes.models import Programme, Staff, Till
from tests import factories
from tests.factories import NOW, a_deed


def allowed(programme: Programme, **limits: int) -> None:
    """Let tills take 100,00 at once, 200,00 by a card and 500,00 in all for 12 hours, unless told."""
    most = {"payment_minor": 10_000, "card_minor": 20_000, "till_minor": 50_000, "hours": 12}
    actions.allow(programme=programme, deed=a_deed(), **most | limits)


@dataclass
class Device:
    """A browser at a till, enrolled."""

    till: Till
    cashier: Staff
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256"))
    now: datetime = NOW
    sequence: int = 0

    def __post_init__(self) -> None:
        self.row = self.contact()

    def contact(self) -> OfflineDevice:
        deed = a_deed(by=self.cashier, now=self.now)
        return actions.contact(till=self.till, jwk=self.key.as_dict(private=False), name="Chrome, Android", deed=deed)

    def inside(self, token: str, amount_minor: int, **more: Any) -> dict[str, Any]:
        """What is encrypted."""
        line = {
            "product": None,
            "name": "Soup",
            "quantity": 1,
            "price_minor": amount_minor,
            "amount_minor": amount_minor,
        }
        return {
            "key": str(uuid4()),
            "at": (self.now + timedelta(minutes=5)).isoformat(),
            "staff": str(self.cashier.public_id),
            "amount_minor": amount_minor,
            "lines": [line],
            "note": "",
            "checkout": None,
            "token": token,
        } | more

    def keeps(self, token: str, amount_minor: int, *, is_void: bool = False, **more: Any) -> str:
        """The envelope of a tap, taken five minutes after the device last heard of the server."""
        told = envelopes.public_jwk(envelopes.server_key(programme_id=self.till.programme_id))
        server = ECKey.import_key({**told})
        sealed = jwe.encrypt_compact(
            {"alg": "ECDH-ES", "enc": "A256GCM"}, dumps(self.inside(token, amount_minor, **more)), server
        )
        return self.signed(sealed, is_void=is_void)

    def signed(self, sealed: str, *, is_void: bool = False, sequence: int | None = None) -> str:
        self.sequence += 1
        outside = {
            "sequence": sequence or self.sequence,
            "grant": self.row.grant,
            "is_void": is_void,
            "sealed": sealed,
        }
        return jws.serialize_compact({"alg": "ES256"}, dumps(outside), self.key)

    def sends(self, *sent: str, after: timedelta = timedelta(hours=1)) -> list[OfflineTap]:
        """What the server made of the envelopes, that long after it was last heard of."""
        deed = a_deed(by=self.cashier, now=self.now + after)
        found = actions.receive(device=self.row, sent=list(sent), deed=deed)
        self.row.refresh_from_db()
        return found


def a_device(programme: Programme | None = None, **limits: int) -> Device:
    """A device at a till of a programme that allows it."""
    programme = programme or factories.a_programme()
    allowed(programme, **limits)
    return Device(factories.a_till(programme=programme), factories.some_staff(programme=programme))


def checkout_id(tap: OfflineTap) -> UUID | None:
    return tap.checkout.public_id if tap.checkout else None
