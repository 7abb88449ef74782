"""The few things that the reader says by itself, in the programme's language; all else comes from the till."""

from enum import Enum
from typing import Final


class Text(Enum):
    """What the reader has to say when the till cannot."""

    STARTING = "starting"
    OFFLINE = "offline"
    MOMENT = "moment"
    ASKING = "asking"
    BUSY = "busy"
    ONE_CARD = "one card"
    UNREADABLE = "unreadable"
    UNKNOWN = "unknown"
    NEVER_SENT = "never sent"
    REFUSED = "refused"
    UNPAIRED = "unpaired"
    STOPPED = "stopped"


# Two lines each; folded to ASCII no line is longer than 16 characters.
TEXTS: Final[dict[str, dict[Text, tuple[str, str]]]] = {
    "en": {
        Text.STARTING: ("Card reader", "starting"),
        Text.OFFLINE: ("No connection", "to the till"),
        Text.MOMENT: ("One moment ...", ""),
        Text.ASKING: ("Still asking", "Please wait"),
        Text.BUSY: ("Please wait", "Card before you"),
        Text.ONE_CARD: ("Only one card", "please"),
        Text.UNREADABLE: ("Card not read", "Hold it longer"),
        Text.UNKNOWN: ("Result unknown", "See the till"),
        Text.NEVER_SENT: ("Not paid", "No connection"),
        Text.REFUSED: ("Not paid", "See the till"),
        Text.UNPAIRED: ("Reader unpaired", "Pair it again"),
        Text.STOPPED: ("Reader is off", ""),
    },
    "cs": {
        Text.STARTING: ("Čtečka karet", "se spouští"),
        Text.OFFLINE: ("Bez spojení", "s pokladnou"),
        Text.MOMENT: ("Okamžik ...", ""),
        Text.ASKING: ("Stále se ptám", "Čekejte prosím"),
        Text.BUSY: ("Čekejte prosím", "Předchozí karta"),
        Text.ONE_CARD: ("Jen jednu kartu", "prosím"),
        Text.UNREADABLE: ("Karta nepřečtena", "Podržte ji déle"),
        Text.UNKNOWN: ("Výsledek neznámý", "Viz pokladna"),
        Text.NEVER_SENT: ("Nezaplaceno", "Bez spojení"),
        Text.REFUSED: ("Nezaplaceno", "Viz pokladna"),
        Text.UNPAIRED: ("Čtečka odpojena", "Znovu spárovat"),
        Text.STOPPED: ("Čtečka vypnuta", ""),
    },
    "sk": {
        Text.STARTING: ("Čítačka kariet", "sa spúšťa"),
        Text.OFFLINE: ("Bez spojenia", "s pokladňou"),
        Text.MOMENT: ("Okamih ...", ""),
        Text.ASKING: ("Stále sa pýtam", "Čakajte prosím"),
        Text.BUSY: ("Čakajte prosím", "Predošlá karta"),
        Text.ONE_CARD: ("Len jednu kartu", "prosím"),
        Text.UNREADABLE: ("Nenačítaná karta", "Podržte dlhšie"),
        Text.UNKNOWN: ("Neznámy výsledok", "Pozrite pokladňu"),
        Text.NEVER_SENT: ("Nezaplatené", "Bez spojenia"),
        Text.REFUSED: ("Nezaplatené", "Pozrite pokladňu"),
        Text.UNPAIRED: ("Čítačka odpojená", "Znova spárovať"),
        Text.STOPPED: ("Čítačka vypnutá", ""),
    },
}


def say(text: Text, *, language: str) -> tuple[str, str]:
    """The two lines of a text in a language, English where we do not have it."""
    return TEXTS.get(language.lower().split("-")[0], TEXTS["en"])[text]
