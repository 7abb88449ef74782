"""The VAT that a payment contains, rate by rate. Pure."""

from collections import Counter
from typing import Any

from groat.ledger.core.values import value


@value(frozen=True, slots=True)
class VatPart:
    """What was sold at one rate, in minor units of the currency."""

    rate: int
    """Basis points."""
    gross_minor: int
    vat_minor: int

    @property
    def base_minor(self) -> int:
        """Without the VAT."""
        return self.gross_minor - self.vat_minor


def contained(gross_minor: int, rate: int) -> int:
    """The VAT in an amount that contains it: gross x rate / (100 % + rate), rounded half up; gross 0 or more.

    Directive 2006/112/EC, art. 78 and 97; Czech Act 235/2004 § 37 (2).
    """
    whole = 10_000 + rate
    return (2 * gross_minor * rate + whole) // (2 * whole)


def recapitulation(lines: list[dict[str, Any]], *, gross_minor: int) -> tuple[VatPart, ...]:
    """What was paid for a payment's lines, by rate, the highest first; () where no VAT is charged.

    `gross_minor`, in minor units of the currency, is parted in proportion to the lines, so that the parts sum to it.
    """
    sold: Counter[int] = Counter()
    for line in lines:
        if line.get("vat") is not None:
            sold[line["vat"]] += line["amount_minor"]
    left_minor, left_gross = sum(sold.values()), gross_minor
    parts = []
    for rate, amount_minor in sorted(sold.items(), reverse=True):
        # Each takes its part of what the ones before have left: nothing is lost to rounding.
        share = (2 * left_gross * amount_minor + left_minor) // (2 * left_minor) if left_minor else 0
        parts.append(VatPart(rate, share, contained(share, rate)))
        left_minor, left_gross = left_minor - amount_minor, left_gross - share
    return tuple(part for part in parts if part.gross_minor)
