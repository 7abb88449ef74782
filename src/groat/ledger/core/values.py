"""How the core's values are made: dataclasses that never change."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass as value
else:
    from dataclasses import dataclass

    def value(*, frozen: bool, slots: bool):
        """A dataclass whose `frozen` the type checker holds.

        A dataclass frozen at run time costs six times as much to make, and a payment makes a dozen.
        """
        return dataclass(slots=slots, unsafe_hash=frozen)


__all__ = ["value"]
