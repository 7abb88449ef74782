"""Who does something, when, from where, and with which ids: what every action is told."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from groat.programmes import minting
from groat.programmes.models import ApiKey, Role, Staff


@dataclass(frozen=True, slots=True)
class Limits:
    """What somebody may not exceed; without any, what their role may."""

    refund_minor: int | None = None
    """Of credit, given back at once."""
    top_up_minor: int | None = None
    """Of the currency, taken for one top-up."""
    lets_debt: bool = True
    """Whether a payment that they take may go into debt."""

    @classmethod
    def of_staff(cls, staff: Staff) -> "Limits":
        """Those of a member of staff: a cashier's alone."""
        if staff.role != Role.CASHIER:
            return UNLIMITED
        return cls(staff.refund_limit_minor, staff.top_up_limit_minor, staff.lets_debt)


UNLIMITED = Limits()


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who does things in a programme: staff, an integrator's key, or the system itself."""

    code: str
    """`staff:<id>`, `key:<id>` or `system`."""
    name: str
    role: Role | None = None
    address: str | None = None
    """The network address it came from."""
    limits: Limits = UNLIMITED

    @classmethod
    def of_staff(cls, staff: Staff, *, address: str | None) -> "Actor":
        return cls(f"staff:{staff.id}", staff.user.name, Role(staff.role), address, Limits.of_staff(staff))

    @classmethod
    def of_key(cls, key: ApiKey, *, address: str | None) -> "Actor":
        return cls(f"key:{key.id}", key.name, None, address)


SYSTEM = Actor("system", "Groat")


@dataclass(frozen=True, slots=True)
class Deed:
    """The circumstances of one action."""

    actor: Actor
    now: datetime
    mint: Callable[[], int]

    @classmethod
    def at_once(cls, actor: Actor) -> "Deed":
        """What faces pass: now, with this process's ids."""
        minting.ready()
        return cls(actor, timezone.now(), minting.mint)
