"""What the drawer's forms ask."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from groat.drawers import rules
from groat.programmes.models import Programme, Till
from groat.topups.buying import BuyingForm
from groat.web.forms import MinorField


class OpenForm(forms.Form):
    """How much change is in the drawer to begin with."""

    large = ("float",)
    refusal_fields = {"amount_invalid": "float"}

    def __init__(self, *args: Any, programme: Programme, float_minor: int | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["float"] = MinorField.of_currency(
            programme, label=_("Float"), max_minor=rules.LARGEST_MINOR, initial=float_minor
        )


class MoveForm(forms.Form):
    """Cash that goes in or out by hand."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        help_text=_("Written into the books with your name, for good."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    large = ("amount",)
    refusal_fields = {"amount_invalid": "amount", "cash_not_there": "amount", "reason_missing": "reason"}

    def __init__(self, *args: Any, programme: Programme, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["amount"] = MinorField.of_currency(
            programme, label=_("Amount"), min_minor=1, max_minor=rules.LARGEST_MINOR
        )
        self.order_fields(["amount", "reason"])


class CloseForm(forms.Form):
    """What was counted."""

    note = forms.CharField(
        label=_("Note"),
        max_length=200,
        required=False,
        help_text=_("Why something is missing or too much, if you know."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    large = ("counted",)
    refusal_fields = {"amount_invalid": "counted"}

    def __init__(self, *args: Any, programme: Programme, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["counted"] = MinorField.of_currency(
            programme, label=_("Cash counted"), max_minor=rules.LARGEST_MINOR, help_text=_("All of it, with the float.")
        )
        self.order_fields(["counted", "note"])


class TopUpForm(BuyingForm):
    """What somebody buys for cash."""

    refusal_fields = {**BuyingForm.refusal_fields, "too_small_for_cash": "bought"}

    def __init__(self, *args: Any, missing_minor: int | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        if "bought" in self.fields:
            self.fields["bought"].label = _("Credits")
            self.fields["bought"].initial = missing_minor


class DrawerFilter(forms.Form):
    """Which drawers the office wants to see."""

    only = forms.ChoiceField(
        label=_("Difference"),
        required=False,
        choices=[("", _("All drawers")), ("differing", _("With a difference"))],
    )

    def __init__(self, *args: Any, tills: list[Till], **options: Any) -> None:
        super().__init__(*args, **options)
        self.tills = {str(till.public_id): till for till in tills}
        names = [(public_id, f"{till.name} · {till.site.name}") for public_id, till in self.tills.items()]
        self.fields["till"] = forms.ChoiceField(label=_("Till"), required=False, choices=[("", _("All tills")), *names])
        self.order_fields(["till", "only"])
        for field in self.fields.values():
            field.widget.attrs["data-submit-on-change"] = True
