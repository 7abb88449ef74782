"""The office's forms about payments."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from groat.programmes.models import Programme, Till
from groat.till.models import Payment, PaymentState
from groat.web.forms import DateInput, MinorField


class PaymentFilter(forms.Form):
    """Which payments a list shows. What makes no sense in the address filters nothing."""

    till = forms.ChoiceField(label=_("Till"), required=False)
    state = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("All states")), *PaymentState.choices])
    day = forms.DateField(label=_("Day"), required=False, widget=DateInput())

    def __init__(self, *args: Any, tills: list[Till], **options: Any) -> None:
        super().__init__(*args, **options)
        self.tills = {str(till.public_id): till for till in tills}
        names = [(public_id, f"{till.name} · {till.site.name}") for public_id, till in self.tills.items()]
        self.fields["till"] = forms.ChoiceField(label=_("Till"), required=False, choices=[("", _("All tills")), *names])
        self.order_fields(["day", "till", "state"])
        for field in self.fields.values():
            field.widget.attrs["data-submit-on-change"] = True


class RefundForm(forms.Form):
    """How much of a payment is given back, and why."""

    reason = forms.CharField(
        label=_("Reason"), max_length=200, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    large = ("amount",)
    refusal_fields = {"more_than_left_to_refund": "amount", "amount_invalid": "amount"}

    def __init__(self, *args: Any, programme: Programme, payment: Payment, **options: Any) -> None:
        super().__init__(*args, **options)
        left_minor = payment.amount_minor - payment.refunded_minor
        self.fields["amount"] = MinorField.of_credits(
            programme,
            label=_("Credits to give back"),
            min_minor=1,
            max_minor=left_minor,
            initial=left_minor,
            help_text=_("They go back to where they came from, with their expiry."),
        )
        self.order_fields(["amount", "reason"])
