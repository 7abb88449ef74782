"""The kinds of readers that there are, behind one interface."""

from collections.abc import Iterable

from groat_reader.devices.acr122u import Acr122u
from groat_reader.devices.acr1222l import Acr1222l
from groat_reader.devices.generic import Device, Signal

__all__ = ["KINDS", "Device", "Signal", "choose"]

KINDS: tuple[type[Device], ...] = (Acr1222l, Acr122u, Device)


def choose(names: Iterable[str], *, wanted: str = "") -> tuple[str, Device] | None:
    """Of the readers by their PC/SC names, the one to use and what it is; the best known kind first.

    `wanted` is a part of the name that it must have.
    """
    fit = [
        (kind.fitness(name), -order, name, kind)
        for order, name in enumerate(names)
        if wanted.lower() in name.lower()
        for kind in KINDS
    ]
    # A further slot of a known reader suits its own kind not at all, but the general one a little.
    known = [name for fitness, _, name, kind in fit if fitness and kind is not Device]
    best = max((row for row in fit if row[0] and (row[2] in known or not known)), default=None, key=lambda row: row[:2])
    return (best[2], best[3]()) if best else None
