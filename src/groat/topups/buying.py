"""What a page asks and shows before a top-up is taken: packages to pick, an amount to type, the bonus."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, override

from django import forms
from django.utils.translation import gettext_lazy as _

from groat import ids
from groat.errors import NotFound, Refusal
from groat.programmes.models import Programme
from groat.topups import shown
from groat.topups.models import Offer
from groat.topups.offers import Quote
from groat.topups.queries import Shelf
from groat.topups.writing import Seen
from groat.web import refusals
from groat.web.forms import MinorField


@dataclass(frozen=True, slots=True)
class Tile:
    """A package as a button."""

    value: str
    name: str
    quote: Quote


class BuyingForm(forms.Form):
    """A package, or an amount of credits."""

    large: tuple[str, ...] = ("bought",)
    refusal_fields: dict[str, str] = {
        "amount_invalid": "bought",
        "balance_too_large": "bought",
        "top_up_too_small": "bought",
        "top_up_too_large": "bought",
        "only_packages": "package",
        "offer_not_open": "package",
    }

    def __init__(self, *args: Any, programme: Programme, shelf: Shelf, **options: Any) -> None:
        super().__init__(*args, **options)
        self.programme = programme
        self.tiles = tiles(shelf)
        self.free = shelf.on_offer.free
        if self.tiles:
            picks = [(tile.value, tile.name) for tile in self.tiles]
            self.fields["package"] = forms.ChoiceField(
                label=_("What is bought"),
                required=not self.free.are_sold,
                choices=[*([("", _("Another amount"))] if self.free.are_sold else []), *picks],
                initial="",
                error_messages={"required": _("Choose a package.")},
                widget=forms.RadioSelect,
            )
        if self.free.are_sold or not self.tiles:
            self.fields["bought"] = MinorField.of_credits(
                programme,
                label=_("Credits bought"),
                required=not self.tiles,
                min_minor=self.free.least_minor or 1,
                max_minor=self.free.most_minor,
            )

    @override
    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        if typed.get("package"):
            # What still stands in the field of the amount is not what is bought.
            self.errors.pop("bought", None)
        elif "bought" in self.fields and typed.get("bought") is None and not {"bought", "package"} & self.errors.keys():
            self.add_error("bought", self.fields["bought"].error_messages["required"])
        return typed

    @property
    def asked(self) -> Offer | int:
        """What somebody buys."""
        picked = self.cleaned_data.get("package")
        if picked:
            return Offer.named(programme_id=self.programme.id, public_id=picked)
        bought: int = self.cleaned_data["bought"]
        return bought

    @property
    def seen(self) -> Seen | None:
        """What the page showed of the very thing that is bought; None where it had shown nothing of it yet."""
        asked, _sign, amounts = self.data.get("seen", "").partition(":")
        paid, _sign, bonus = amounts.partition(":")
        picked = self.cleaned_data.get("package") or str(self.cleaned_data.get("bought"))
        if asked != picked or not all(text.isascii() and text.isdecimal() and len(text) < 19 for text in (paid, bonus)):
            return None
        return int(paid), int(bonus)


def tiles(shelf: Shelf) -> list[Tile]:
    """The packages that somebody may pick."""
    return [
        Tile(ids.public_text(Offer.kind, quote.package.id), quote.package.name, quote)
        for quote in shelf.packages
        if quote.package
    ]


@dataclass(frozen=True, slots=True)
class Preview:
    """What somebody gets for what was picked or typed so far."""

    quote: Quote | None = None
    reasons: tuple[shown.Reason, ...] = ()
    seen: str = ""
    """As `BuyingForm.seen` reads it back."""
    refused: str = ""


def preview(
    shelf: Shelf, programme: Programme, typed: Mapping[str, str], *, missing_minor: int | None = None
) -> Preview:
    """What a page shows as it is being typed; nothing while that is no amount.

    `missing_minor` stands in the field before anything is typed.
    """
    picked = typed.get("package", "")
    text = typed.get("bought") or typed.get("deposit") or ""
    bought_minor = shown.typed_minor(text, programme) if typed else missing_minor
    try:
        if picked:
            quote = shelf.quote(Offer.named(programme_id=programme.id, public_id=picked))
        elif bought_minor is not None:
            quote = shelf.quote(bought_minor)
        else:
            return Preview()
    except NotFound:
        return Preview()
    except Refusal as refusal:
        return Preview(refused=refusals.worded(refusal, programme=programme))
    seen = f"{picked or bought_minor}:{quote.paid_minor}:{quote.bonus_minor}"
    return Preview(quote, tuple(shown.reasons_of(quote, programme)), seen)
