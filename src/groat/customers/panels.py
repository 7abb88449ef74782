"""What other features show on a customer's page. The composition registers it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from groat.customers.models import Wallet

_panels: list["Panel"] = []


@dataclass(frozen=True, slots=True)
class Panel:
    """A template that stands beside the statement, and what it is to know about the wallet."""

    template: str
    context: Callable[[Wallet], dict[str, Any]]


def register(*panels: Panel) -> None:
    """Add panels in the order in which they are to stand; what is already there stays once."""
    _panels.extend(panel for panel in panels if panel not in _panels)


def of(wallet: Wallet) -> list[tuple[str, dict[str, Any]]]:
    """Each panel's template with what it knows about this wallet."""
    return [(panel.template, panel.context(wallet)) for panel in _panels]
