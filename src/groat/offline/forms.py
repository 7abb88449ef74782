"""What the office's forms about tills without a network ask."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from groat.offline import rules
from groat.offline.models import OfflineTerms, TapState
from groat.programmes.models import Programme, Till
from groat.web.forms import MinorField


class TermsForm(forms.Form):
    """How far tills are trusted without a network."""

    hours = forms.IntegerField(
        label=_("For at most (hours)"),
        min_value=1,
        max_value=rules.MOST_HOURS,
        initial=12,
        help_text=_("So long after it last heard of the server, a till may go on."),
    )
    refusal_fields = {"offline_limits_out_of_order": "card_minor"}

    def __init__(self, *args: Any, programme: Programme, terms: OfflineTerms | None, **options: Any) -> None:
        names = ("payment_minor", "card_minor", "till_minor", "hours")
        super().__init__(*args, **options)
        limits = {
            "payment_minor": (_("At most at once"), _("More than this is not taken without a network.")),
            "card_minor": (_("At most by one card"), _("At one device, until its payments are booked.")),
            "till_minor": (
                _("At most at one till"),
                _("All its devices together. This is what can be lost if nobody who paid has credit."),
            ),
        }
        for name, (label, help_text) in limits.items():
            self.fields[name] = MinorField.of_credits(programme, label=label, min_minor=1, help_text=help_text)
        self.order_fields(names)
        if terms:
            self.initial = {name: getattr(terms, name) for name in names}


class SettleForm(forms.Form):
    """How a debt ended that could not be booked."""

    state = forms.ChoiceField(
        label=_("What became of it"),
        choices=[(TapState.IN_CASH, TapState.IN_CASH.label), (TapState.FORGIVEN, TapState.FORGIVEN.label)],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        help_text=_("Written into the books with your name, for good."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    refusal_fields = {"reason_missing": "reason"}


class TapFilter(forms.Form):
    """Which taps the office wants to see."""

    state = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("All states")), *TapState.choices])

    def __init__(self, *args: Any, tills: list[Till], **options: Any) -> None:
        super().__init__(*args, **options)
        self.tills = {str(till.public_id): till for till in tills}
        names = [(public_id, f"{till.name} · {till.site.name}") for public_id, till in self.tills.items()]
        self.fields["till"] = forms.ChoiceField(label=_("Till"), required=False, choices=[("", _("All tills")), *names])
        for field in self.fields.values():
            field.widget.attrs["data-submit-on-change"] = True
