"""The forms by which a card's number or its PIN reaches the office."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from groat.cards import tokens
from groat.programmes import pins


def pin_input() -> forms.PasswordInput:
    """Digits that nobody sees, on a telephone's digits."""
    attrs = {"autocomplete": "off", "inputmode": "numeric", "maxlength": pins.LONGEST, "data-1p-ignore": True}
    return forms.PasswordInput(attrs=attrs)


class PinForm(forms.Form):
    """A new PIN, typed twice by whose it is."""

    pin = forms.CharField(
        label=_("New PIN"),
        max_length=pins.LONGEST,
        widget=pin_input(),
        help_text=_("4 to 8 digits, and none that a stranger tries first."),
    )
    again = forms.CharField(label=_("The same once more"), max_length=pins.LONGEST, widget=pin_input())

    refusal_fields = {"pin_invalid": "pin", "pin_too_easy": "pin"}

    def clean(self) -> dict[str, Any]:
        """Both are the same, or the second one says that they are not."""
        cleaned = self.cleaned_data
        if {"pin", "again"} <= cleaned.keys() and cleaned["pin"] != cleaned["again"]:
            self.add_error("again", _("The two are not the same."))
        return cleaned


class TokenForm(forms.Form):
    """A card's number, from a reader or typed from its back."""

    token = forms.CharField(
        label=_("Card number"),
        max_length=tokens.LONGEST,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false", "inputmode": "text"}
        ),
        error_messages={"required": _("Type the number, or hold the card to a reader.")},
    )

    refusal_fields = {
        "token_invalid": "token",
        "token_random": "token",
        "code_of_nobody": "token",
        "card_taken": "token",
        "card_lost": "token",
    }
