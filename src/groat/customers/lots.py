"""Why credits expire when they do. The feature that gave them their date knows it; the composition registers it."""

from collections.abc import Callable, Mapping, Sequence

from groat.customers.models import Wallet
from groat.ledger.queries import LotLine

type Explainer = Callable[[Wallet, Sequence[LotLine]], Mapping[int, str]]
"""Says by lot why it expires when it does, in a fixed number of queries; silent about what it does not know."""

_explainers: list[Explainer] = []


def register(*explainers: Explainer) -> None:
    """Ask these too when a wallet's lots are shown."""
    _explainers.extend(one for one in explainers if one not in _explainers)


def reasons(*, wallet: Wallet, lots: Sequence[LotLine]) -> dict[int, str]:
    """By lot: why it expires when it does, where that is known."""
    known: dict[int, str] = {}
    for explain in _explainers:
        known.update(explain(wallet, lots))
    return known
