"""The form by which a card's number reaches the office."""

from django import forms
from django.utils.translation import gettext_lazy as _

from groat.cards import tokens


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
