"""A card's token on the wire."""

from typing import Annotated, Literal

from pydantic import Field

from groat.api.bodies import Body
from groat.cards import tokens

_HEX = r"[0-9A-Fa-f]{2}"
PATTERN = rf"^{_HEX}([ :.-]?{_HEX}){{3}}(([ :.-]?{_HEX}){{3}}){{0,2}}$"
"""A UID of 4, 7 or 10 bytes in hex, its bytes apart or not."""
_NO_CARD = {"anyOf": [{"pattern": r"^[0 :.-]*$"}, {"pattern": rf"^08([ :.-]?{_HEX}){{3}}$"}]}
"""Nothing but zeros, and the four-byte numbers that change with each tap."""


class UidIn(Body):
    """The number of a card, which anybody could have copied."""

    kind: Literal["uid"]
    value: Annotated[str, Field(pattern=PATTERN, json_schema_extra={"not": _NO_CARD})]
    """The chip's number in hex: 4, 7 or 10 bytes."""


class TapIn(Body):
    """What a chip wrote at this tap, which proves it; good once."""

    kind: Literal["tap"]
    value: Annotated[str, Field(pattern=f"^{tokens.TAP.pattern}$", max_length=tokens.LONGEST)]
    """The whole address that the chip shows to readers of NFC."""


class CodeIn(Body):
    """A printed code, which anybody could have copied."""

    kind: Literal["code"]
    value: Annotated[str, Field(pattern=rf"^[{tokens.ALPHABET}]{{4}}(-?[{tokens.ALPHABET}]{{4}}){{3}}$")]
    """Sixteen signs in groups of four."""


TokenIn = Annotated[UidIn | TapIn | CodeIn, Field(discriminator="kind")]
"""What a card shows to a reader. It is never sent back: answers tell its last four digits."""
