"""The office's forms about cashiers."""

from groat.cards.forms import TokenForm


class OwnCardForm(TokenForm):
    """A cashier's own card, from a reader or typed from its back."""

    refusal_fields = TokenForm.refusal_fields | {
        "card_unknown": "token",
        "card_opens_no_till": "token",
        "card_of_another_cashier": "token",
        "chip_not_authentic": "token",
        "chip_expected": "token",
        "tap_replayed": "token",
    }
