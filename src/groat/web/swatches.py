"""The ten colours a merchant may give to a thing; static/web/tokens.css says what they look like."""

SWATCHES = ("clay", "honey", "moss", "fern", "sea", "sky", "iris", "plum", "rose", "stone")


def swatch_of(key: int) -> str:
    """A swatch for something nobody chose one for: the same key always gets the same."""
    return SWATCHES[key % len(SWATCHES)]
