"""The forms by which credits are sold."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from groat.customers.forms import ExpiryMixin, FloorFields, PersonFields
from groat.programmes.models import Programme
from groat.topups.buying import BuyingForm
from groat.topups.models import Means, TopUp
from groat.topups.queries import Shelf
from groat.topups.writing import INTO
from groat.web.forms import DateInput, MinorField


def _means() -> forms.ChoiceField:
    sold_by = [(means.value, means.label) for means in INTO]
    return forms.ChoiceField(label=_("Paid by"), choices=sold_by, initial=Means.CASH, widget=forms.RadioSelect)


class OpenAccountForm(PersonFields, FloorFields):
    """A new customer with a wallet and, if something was paid in, a first deposit."""

    anonymous = forms.BooleanField(
        label=_("Anonymous: known only by a card"),
        required=False,
        help_text=_("No name and no way to be reached; whoever loses the card loses the credits."),
    )
    means = _means()

    refusal_fields = {
        **PersonFields.refusal_fields,
        **FloorFields.refusal_fields,
        "amount_invalid": "deposit",
        "balance_too_large": "deposit",
    }

    def __init__(self, *args: Any, programme: Programme, **options: Any) -> None:
        super().__init__(*args, programme=programme, **options)
        self.fields["name"].required = not (self.data and self.data.get("anonymous"))
        self.fields["name"].error_messages["required"] = _("Enter a name, or tick that the customer is anonymous.")
        self.fields["deposit"] = MinorField.of_credits(programme, label=_("First deposit"), required=False)

    def clean(self) -> dict[str, Any]:
        """Anonymous means that nothing is known: what was typed before that was ticked is dropped."""
        typed = super().clean() or {}
        if typed.get("anonymous"):
            typed |= {"name": "", "identifier": "", "email": "", "phone": ""}
            for name in ("name", "identifier", "email", "phone"):
                self.errors.pop(name, None)
        return typed


class TopUpForm(ExpiryMixin, BuyingForm):
    """Credits sold at the office. Managers may add a bonus, agree another price and another expiry."""

    means = _means()
    expires_on = forms.DateField(
        label=_("Good until the end of"), required=False, help_text=_("Empty: they do not expire.")
    )

    half = ("bonus", "paid")
    refusal_fields = {**BuyingForm.refusal_fields, "expiry_in_the_past": "expires_on"}

    def __init__(self, *args: Any, programme: Programme, shelf: Shelf, **options: Any) -> None:
        self.default_expiry = shelf.occasion.expires_at
        super().__init__(*args, programme=programme, shelf=shelf, **options)
        self.initial["expires_on"] = timezone.localdate(self.default_expiry) if self.default_expiry else None
        self.time_zone = programme.time_zone
        self.fields["bonus"] = MinorField.of_credits(
            programme,
            label=_("Bonus credits"),
            required=False,
            help_text=_("Given on top, free of charge. Empty: what the offers give."),
        )
        self.fields["paid"] = MinorField.of_currency(
            programme, label=_("Paid, if not the usual price"), required=False, help_text=_("Empty: the usual price.")
        )
        self.fields["expires_on"].widget = DateInput(earliest=timezone.localdate())
        self.order_fields(["package", "bought", "means", "bonus", "paid", "expires_on"])

    @property
    def agreed(self) -> dict[str, Any]:
        """What was agreed by hand instead of what the offers say; `seen` is of no use where something was."""
        bonus, paid = self.cleaned_data["bonus"], self.cleaned_data["paid"]
        told = {name: minor for name, minor in (("bonus_minor", bonus), ("paid_minor", paid)) if minor is not None}
        return told or {"seen": self.seen}


class ReverseForm(forms.Form):
    """How much of a top-up is taken back, and why."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        help_text=_("Written into the books with your name, for good."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    large = ("amount",)
    refusal_fields = {
        "more_than_left_to_refund": "amount",
        "amount_invalid": "amount",
        "reason_missing": "reason",
    }

    def __init__(self, *args: Any, programme: Programme, top_up: TopUp, **options: Any) -> None:
        super().__init__(*args, **options)
        left_minor = top_up.bought_minor - top_up.reversed_minor
        self.fields["amount"] = MinorField.of_credits(
            programme,
            label=_("Bought credits to take back"),
            min_minor=1,
            max_minor=left_minor,
            initial=left_minor,
            help_text=_("A bonus goes with them in proportion."),
        )
        self.order_fields(["amount", "reason"])
