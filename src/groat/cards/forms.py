"""The forms by which a card's number or its PIN reaches the office."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from groat.cards import tokens
from groat.programmes import pins
from groat.programmes.models import Programme
from groat.web.forms import MinorField


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


class BoxForm(forms.Form):
    """What all cards of a box have in common."""

    name = forms.CharField(label=_("Name"), max_length=60, help_text=_("By which you find it again: Box of March."))
    next_number = forms.CharField(
        label=_("Number printed on the next card"),
        max_length=20,
        required=False,
        help_text=_("It counts up by itself: 0101, 0102 … Empty: nothing is printed on them."),
    )

    half = ("next_number", "first_credit_minor")
    refusal_fields = {"amount_invalid": "first_credit_minor"}

    def __init__(self, *args: Any, programme: Programme, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["first_credit_minor"] = MinorField.of_credits(
            programme,
            label=_("First credit on each card"),
            initial=0,
            help_text=_("Given free of charge as soon as the card is read. 0: none."),
        )
        self.order_fields(["name", "first_credit_minor", "next_number"])


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
