"""What the page about expiry asks."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from groat.programmes import days
from groat.programmes.models import Programme
from groat.topups.expiry import rules
from groat.topups.expiry.rules import Extension, ImpossibleRule, Life, Period, Rule
from groat.web.forms import DateInput, MinorField

DISTANCES = (90, 60, 30, 14, 7, 3, 1)


def _whole(label: Any, most: int, *, least: int = 1, help_text: Any = "") -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=least, max_value=most, required=False, help_text=help_text)


class StartForm(forms.Form):
    """From which day on a rule decides."""

    starts_on = forms.DateField(
        label=_("In force from"),
        required=False,
        help_text=_("Empty: at once. It decides about credits bought from then on."),
    )

    def __init__(self, *args: Any, programme: Programme, **options: Any) -> None:
        super().__init__(*args, **options)
        self.programme = programme
        self.fields["starts_on"].widget = DateInput(earliest=timezone.localdate())

    def starts_at(self) -> datetime | None:
        """The first instant of the chosen day; None for at once."""
        day = self.cleaned_data["starts_on"]
        return days.start_of(day, time_zone=self.programme.time_zone) if day else None


class RuleForm(StartForm):
    """A rule by which credits expire. What belongs to a choice that was not made is not looked at."""

    life = forms.ChoiceField(
        label=_("How long are bought credits good?"),
        choices=[
            (Life.NEVER, _("They do not expire")),
            (Life.MONTHS, _("For some months after the purchase")),
            (Life.PERIOD, _("Until the end of a calendar period")),
            (Life.VISIT, _("For some days after the last visit")),
        ],
        widget=forms.RadioSelect,
    )
    months = _whole(_("Months after the purchase"), rules.MOST_MONTHS)
    period = forms.ChoiceField(
        label=_("Calendar period"),
        choices=[
            (Period.MONTH, _("End of the month")),
            (Period.QUARTER, _("End of the quarter")),
            (Period.HALF_YEAR, _("End of the half-year")),
            (Period.YEAR, _("End of the year")),
        ],
        required=False,
    )
    periods_after = forms.BooleanField(
        label=_("Of the one after it"),
        required=False,
        help_text=_("So that credits bought on its last day are good for a whole period more."),
    )
    visit_days = _whole(
        _("Days after the last visit"),
        rules.MOST_VISIT_DAYS,
        help_text=_("Each payment and each top-up counts as a visit and moves the date of all bought credits."),
    )
    grace_days = _whole(
        _("Days of grace"),
        rules.MOST_GRACE_DAYS,
        least=0,
        help_text=_("Credits still pay on these days; reminders name the day before them. Empty: none."),
    )
    extension = forms.ChoiceField(
        label=_("What does buying credits do to those bought before?"),
        choices=[
            (Extension.NONE, _("Nothing: they keep their date")),
            (Extension.AS_NEW, _("They are good as long as the new ones")),
            (Extension.MONTHS, _("They are good for some months from that day")),
        ],
        widget=forms.RadioSelect,
    )
    extension_months = _whole(_("Months from the purchase that extends"), rules.MOST_MONTHS)
    reminder_days = forms.TypedMultipleChoiceField(
        label=_("Remind customers by e-mail"),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Once each, and only those who have an e-mail address. It is no advertising and needs no consent."),
    )
    refund_grace_days = _whole(
        _("Grace after a refund (days)"),
        rules.MOST_GRACE_DAYS,
        least=0,
        help_text=_("So long credits are good that come back after they had expired."),
    )

    half = ("refund_grace_days", "starts_on")

    def __init__(self, *args: Any, programme: Programme, rule: Rule, **options: Any) -> None:
        known = rule.told() | {"period": rule.period or Period.YEAR}
        known["extends_from_minor"] = None if rule.extends_from_minor == 1 else rule.extends_from_minor
        super().__init__(*args, programme=programme, initial=known, **options)
        self.fields["refund_grace_days"].required = True
        for name, (choice, value) in _NEEDED.items():
            # As long as nothing is chosen, each is needed by its choice.
            self.fields[name].required = not self.is_bound or self.data.get(choice) == value
            self.fields[name].error_messages["required"] = _PROBLEMS[name]
        distances = self.fields["reminder_days"]
        assert isinstance(distances, forms.TypedMultipleChoiceField)  # it is declared above
        distances.choices = [(days, _distance(days)) for days in DISTANCES]
        self.fields["extends_from_minor"] = MinorField.of_credits(
            programme,
            label=_("Only a purchase of at least"),
            min_minor=1,
            required=False,
            help_text=_("Empty: every purchase."),
        )

    def clean(self) -> dict[str, Any]:
        """Say at the field what makes the rule impossible."""
        typed = super().clean() or {}
        if not self.errors:
            try:
                self.rule = Rule.of(_asked(typed))
            except ImpossibleRule as impossible:
                self.add_error(impossible.field, _PROBLEMS.get(impossible.field, _("This does not fit.")))
        return typed


_NEEDED = {
    "months": ("life", Life.MONTHS),
    "period": ("life", Life.PERIOD),
    "visit_days": ("life", Life.VISIT),
    "extension_months": ("extension", Extension.MONTHS),
}
"""What a field's own choice makes necessary."""


def _distance(days: int) -> str:
    return ngettext("%(days)d day ahead", "%(days)d days ahead", days) % {"days": days}


def _asked(typed: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed, without what belongs to choices that were not made."""
    life, extension = typed["life"], typed["extension"]
    grace = typed["grace_days"] or 0
    return {
        "life": life,
        "months": typed["months"] if life == Life.MONTHS else None,
        "period": typed["period"] if life == Life.PERIOD else "",
        "periods_after": int(life == Life.PERIOD and typed["periods_after"]),
        "visit_days": typed["visit_days"] if life == Life.VISIT else None,
        "grace_days": 0 if life == Life.NEVER else grace,
        "extension": extension,
        "extension_months": typed["extension_months"] if extension == Extension.MONTHS else None,
        "extends_from_minor": (extension != Extension.NONE and typed["extends_from_minor"]) or 1,
        "refund_grace_days": typed["refund_grace_days"],
        "reminder_days": typed["reminder_days"],
    }


_PROBLEMS = {
    "months": _("Enter for how many months."),
    "period": _("Choose a period."),
    "visit_days": _("Enter for how many days."),
    "grace_days": _("Give at least one day of grace: visits are booked a little later than they happen."),
    "extension": _("Credits that do not expire cannot be limited to months."),
    "extension_months": _("Enter for how many months."),
    "reminder_days": _("A reminder cannot be longer ahead than credits are good."),
}
