"""Any reader that PC/SC knows: it reads cards, and has nothing to show with."""

import re
from collections.abc import Sequence
from enum import Enum


class Signal(Enum):
    """What lights and sound tell the person in front of the reader."""

    READY = "ready"  # nothing to pay
    WAITING = "waiting"  # something waits for a card
    ASKING = "asking"  # a card was read, and the till has not answered
    GOOD = "good"
    BAD = "bad"


class Device:
    """What a kind of reader can show, as the escape commands that make it do so.

    A new kind of reader is a file beside this one with a class that says these things, named in
    `devices/__init__.py`. All of them are pure: sending commands is the desk's business.
    """

    label = ""
    """The product's name; empty means that the name by which PC/SC knows the reader says more."""

    # Slots behind which no card is tapped: those for security modules, and the contact slot of a reader with both.
    other_slots = re.compile(r"\bSAM\b|\bICC\b|\bContact\b", re.IGNORECASE)
    tapped = re.compile(r"PICC|contactless|\bCL\b|NFC", re.IGNORECASE)

    @classmethod
    def knows(cls, name: str) -> bool:
        """Is the reader of this PC/SC name of this kind?"""
        del name
        return True

    @classmethod
    def fitness(cls, name: str) -> int:
        """How well a reader of this kind suits, by its slot; 0 is not at all."""
        if cls.tapped.search(name):
            return 2
        return 0 if cls.other_slots.search(name) else 1

    def opening(self) -> list[bytes]:
        """Commands when the reader comes into use."""
        return []

    def showing(self, lines: Sequence[str]) -> list[bytes]:
        """Commands that put lines of any length and script on the display, in place of what is there."""
        del lines
        return []

    def signalling(self, signal: Signal) -> list[bytes]:
        """Commands for lights and sound."""
        del signal
        return []

    def closing(self) -> list[bytes]:
        """Commands when the program ends."""
        return []
