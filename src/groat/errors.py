"""The one way in which an action says no.

A refusal is an answer, not a fault: it is decided by a rule, it changes nothing, and it
tells a person what to do next. Everything else that is raised is a bug and flies.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar


def _(text: str) -> str:
    """Marks an English sentence for the catalogues; it is translated where it is told, not where it stands."""
    return text


class Refusal(Exception):
    """A rule said no. Subclasses stand beside their rule and are frozen dataclasses.

    `code` is stable: integrators branch on it, tests compare it, faces word it.
    """

    code: ClassVar[str]
    sentence: ClassVar[str]
    """An English sentence for a person, with the refusal's fields in %(braces)s; faces translate it."""

    _by_code: ClassVar[dict[str, type["Refusal"]]] = {}

    def __init_subclass__(cls) -> None:
        Refusal._by_code.setdefault(cls.code, cls)

    @classmethod
    def revived(cls, code: str, facts: Mapping[str, Any]) -> "Refusal":
        """The refusal that was stored as its code and facts."""
        return cls._by_code[code](**facts)

    def facts(self) -> dict[str, object]:
        """The fields of this refusal by name, for a face to word and an integrator to read."""
        slots = getattr(self, "__dataclass_fields__", {})
        return {name: getattr(self, name) for name in slots}

    def __str__(self) -> str:
        return f"{self.code}: {self.facts()}"


@dataclass(unsafe_hash=True)
class NotFound(Refusal):
    """What was named is not there, or belongs to another programme: the two answer alike."""

    code = "not_found"
    sentence = _("There is nothing here by that name.")
