"""Chips in customers' pockets: what they write at each tap, as a reader reads it."""

import secrets
from dataclasses import dataclass

from groat.cards import chips, vault
from groat.cards.chips import Tap
from groat.programmes.models import Programme


@dataclass
class Chip:
    """A chip with the programme's keys, or with those of `keys`."""

    programme: Programme
    uid: bytes
    counter: int = 0
    keys: vault.ChipKeys | None = None

    def tap(self, *, counter: int | None = None) -> str:
        """The address that it writes, at this tap or at the one with this number."""
        if counter is None:
            self.counter += 1
        keys = self.keys or vault.chip_keys(programme_id=self.programme.id)
        tap = Tap(self.uid, self.counter if counter is None else counter)
        plain = b"\xc7" + tap.uid + tap.counter.to_bytes(3, "little") + secrets.token_bytes(5)
        hidden = chips.encrypted(key=keys.meta_key, iv=bytes(16), data=plain)
        own = chips.file_key(master_key=keys.master_key, uid=tap.uid)
        mac = chips.tap_mac(file_key=own, tap=tap)
        return f"https://groat.example/t/{self.programme.slug}?p={hidden.hex().upper()}&m={mac.hex().upper()}"

    @property
    def number(self) -> str:
        """Its UID, which any reader reads and anybody may copy."""
        return self.uid.hex().upper()


def a_chip(programme: Programme) -> Chip:
    return Chip(programme, b"\x04" + secrets.token_bytes(6))
