"""What the forms about statements ask."""

import re
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from groat.customers.models import Group
from groat.programmes.models import Programme
from groat.settlements.actions import LONGEST_NOTE, MOST_DAYS
from groat.settlements.models import Way
from groat.settlements.rules import Month, Terms, months_before
from groat.settlements.shown import month_of
from groat.web.forms import MinorField

MONTHS = 12
"""How far back statements are made."""


class MakeForm(forms.Form):
    """Of which month, and whose."""

    refusal_fields = {"month_not_over": "month", "nothing_to_state": "month"}

    def __init__(self, *args: Any, today: date, groups: list[Group], **options: Any) -> None:
        super().__init__(*args, **options)
        self._months = {month.first.isoformat()[:7]: month for month in months_before(Month.of(today), MONTHS)}
        self._groups = {str(group.public_id): group for group in groups}
        self.fields["month"] = forms.ChoiceField(
            label=_("Month"), choices=[(key, month_of(month.first)) for key, month in self._months.items()]
        )
        self.fields["group"] = forms.ChoiceField(
            label=_("Whose"),
            required=False,
            choices=[("", _("All who pay later")), *((key, group.name) for key, group in self._groups.items())],
            help_text=_("Choose a group if its company gets a list of its own."),
        )

    @property
    def month(self) -> Month:
        """The month that was chosen."""
        return self._months[self.cleaned_data["month"]]

    @property
    def group(self) -> Group | None:
        """The group that was chosen, if one was."""
        return self._groups.get(self.cleaned_data["group"])


class SettleForm(forms.Form):
    """How debts were settled; of a single one, how much of it."""

    way = forms.ChoiceField(label=_("How"), choices=Way.choices, widget=forms.RadioSelect, initial=Way.WAGES)
    note = forms.CharField(
        label=_("Note"),
        max_length=LONGEST_NOTE,
        required=False,
        help_text=_("Such as the number of the bank statement."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    large = ("amount",)
    refusal_fields = {"amount_invalid": "amount", "more_than_unpaid": "amount"}

    def __init__(self, *args: Any, programme: Programme, unpaid_minor: int | None = None, **options: Any) -> None:
        """`unpaid_minor` is what is left of a single one."""
        super().__init__(*args, **options)
        if unpaid_minor is not None:
            self.fields["amount"] = MinorField.of_credits(
                programme,
                label=_("Credits settled"),
                min_minor=1,
                initial=unpaid_minor,
                help_text=_("What is left goes on into the next statement."),
            )
        self.order_fields(["amount", "way", "note"])


class UndoForm(forms.Form):
    """Why something is taken back."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        help_text=_("Written into the books with your name, for good."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    refusal_fields = {"reason_missing": "reason"}


class TermsForm(forms.Form):
    """Until when debts are to be settled, and what follows."""

    due_days = forms.IntegerField(
        label=_("To be settled within (days)"),
        min_value=0,
        max_value=MOST_DAYS,
        help_text=_("After the statement was made."),
    )
    block_days = forms.IntegerField(
        label=_("Nothing more on credit after (days)"),
        min_value=0,
        max_value=MOST_DAYS,
        required=False,
        help_text=_(
            "After it was due. Credits that are bought still pay; all is as before once it is settled. Empty: never."
        ),
    )
    reminder_days = forms.CharField(
        label=_("Remind by e-mail on days"),
        max_length=60,
        required=False,
        help_text=_("Counted from the day when it is due, such as -3, 0, 7. Empty: never."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "-3, 0, 7"}),
    )
    sends_statements = forms.BooleanField(
        label=_("Send each statement by e-mail as soon as it is made"), required=False
    )

    half = ("due_days", "block_days")

    def __init__(self, *args: Any, terms: Terms, **options: Any) -> None:
        super().__init__(*args, **options)
        known: dict[str, Any] = {
            "due_days": terms.due_days,
            "block_days": terms.block_days,
            "reminder_days": ", ".join(str(day) for day in terms.reminder_days),
            "sends_statements": terms.sends_statements,
        }
        self.initial.update(known)

    def clean_reminder_days(self) -> tuple[int, ...]:
        """Whole numbers, with commas or spaces between them."""
        typed = self.cleaned_data["reminder_days"].replace("\N{MINUS SIGN}", "-")
        parts = [part for part in re.split(r"[\s,;]+", typed) if part]
        if not all(re.fullmatch(r"[+-]?[0-9]{1,3}", part) for part in parts):
            raise forms.ValidationError(_("Write whole numbers with commas between them, such as -3, 0, 7."))
        return tuple(sorted({int(part) for part in parts}))

    @property
    def terms(self) -> Terms:
        """What was agreed."""
        return Terms(**self.cleaned_data)
