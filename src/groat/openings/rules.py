"""Who may open a programme, what a coffee costs in its credits, and what was pasted from a spreadsheet. Pure."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import timedelta

from groat.errors import Refusal, _

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""No signs that look alike; 32 of them, so that each is five bits."""
CODE_SIGNS = 12
CODE_LASTS = timedelta(days=7)
MOST_ITEMS = 200
"""That are put on sale at once."""


@dataclass(unsafe_hash=True)
class CodeNotGood(Refusal):
    """Mistyped, used, or too old."""

    code = "opening_code_not_good"
    sentence = _("This code is not good. It is shown where Groat was started, and is good once.")


@dataclass(unsafe_hash=True)
class HasLogin(Refusal):
    """Nobody learns of a stranger's login here: only who has a good code is told so."""

    code = "has_login"
    sentence = _("%(email)s has a login already. Sign in with it first, then enter the code.")

    email: str


@dataclass(unsafe_hash=True)
class MayNotOpen(Refusal):
    code = "may_not_open"
    sentence = _("You need a code to open a programme. Ask whoever runs this installation.")


@dataclass(unsafe_hash=True)
class TooManyItems(Refusal):
    code = "too_many_items"
    sentence = _("At most %(most)s products can be put on sale at once.")

    most: int


def spoken(random: bytes) -> str:
    """A code of sixty random bits as it is read aloud: `K7QF-M2XD-9HTR`. `random` is at least eight bytes."""
    bits = int.from_bytes(random[:8], "big")
    signs = "".join(ALPHABET[bits >> 5 * place & 31] for place in range(CODE_SIGNS))
    return "-".join(signs[start : start + 4] for start in range(0, CODE_SIGNS, 4))


def bare(code: str) -> str:
    """The signs of a code, however it was typed."""
    return re.sub(r"[^A-Z0-9]", "", code.upper())


def address_for(name: str) -> str:
    """A programme's part of every address, from its name: “Kavárna U Mlýna” is kavarna-u-mlyna."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40].strip("-") or "programme"


def in_credits(amount_minor: int, *, price_minor: int, decimals: int) -> int:
    """How many minor units of credit something costs that costs so much of the currency, rounded half up, at least 1.

    `price_minor` is what one whole credit costs, in minor units of the currency.
    """
    unit: int = 10**decimals
    return max(1, (2 * amount_minor * unit + price_minor) // (2 * price_minor))


@dataclass(frozen=True, slots=True)
class Pasted:
    """A row as somebody typed or pasted it, not yet understood."""

    name: str
    price: str
    category: str


# A plain space groups no thousands here: “Menu 1 139” costs 139.
_PLAIN = re.compile(
    r"(?P<name>.*?\S)[\t ,;:]+(?P<price>\d{1,3}(?:\u00a0\d{3})+(?:[.,]\d+)?|\d+(?:[.,]\d+)*)\s*(?:Kč|CZK|€|EUR|,-)?\s*$"
)


def pasted(text: str) -> list[Pasted]:
    """The rows of a text from a spreadsheet: name, price and, if there is one, category.

    Columns are parted by tabs, else by semicolons; else the price is what stands at the end of the line. A first line
    without any digit in its price is a heading. Empty lines are none.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    sign = next((sign for sign in "\t;" if any(sign in line for line in lines)), "")
    rows = [_columns(line, sign) for line in lines]
    if len(rows) > 1 and not re.search(r"\d", rows[0].price):
        rows = rows[1:]
    return rows


def _columns(line: str, sign: str) -> Pasted:
    if sign:
        cells = [cell.strip().strip('"').strip() for cell in line.split(sign)] + ["", ""]
        return Pasted(cells[0], cells[1], cells[2])
    found = _PLAIN.match(line.strip())
    if found is None:
        return Pasted(line.strip(), "", "")
    return Pasted(found["name"].strip(" ,;:"), found["price"].strip(" ,."), "")
