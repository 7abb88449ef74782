"""The kinds of readers that there are, behind one interface."""

from collections.abc import Iterable

from groat_reader.devices.acr122u import Acr122u
from groat_reader.devices.acr1222l import Acr1222l
from groat_reader.devices.generic import Device, Signal

__all__ = ["KINDS", "Device", "Signal", "choose"]

KINDS: tuple[type[Device], ...] = (Acr1222l, Acr122u, Device)
"""Best first; the first that knows a reader's name is what it is."""


def choose(names: Iterable[str], *, wanted: str = "") -> tuple[str, Device] | None:
    """Of the readers by their PC/SC names, the one to use and what it is; the best known kind first.

    `wanted` is a part of the name that it must have.
    """
    found = []
    for order, name in enumerate(names):
        rank, kind = next((rank, kind) for rank, kind in enumerate(KINDS) if kind.knows(name))
        fitness = kind.fitness(name)
        if fitness and wanted.lower() in name.lower():
            found.append((rank, -fitness, order, name, kind))
    if not found:
        return None
    *_, name, kind = min(found, key=lambda row: row[:3])
    return name, kind()
