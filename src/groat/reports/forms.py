"""The forms about reports: what the bookkeeping wants to be told, and what is sent when to whom."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from groat.programmes.models import Programme, Staff
from groat.reports.files import FORMATS
from groat.reports.journal import KINDS, VAT_ACCOUNT, Assignment
from groat.reports.models import Bookkeeping, Every
from groat.reports.told import REPORTS

_ACCOUNT = re.compile(r"[0-9A-Za-z./ -]{0,12}")


class BookkeepingForm(forms.Form):
    """Accounts by kind of document; an empty one is the usual."""

    company_id = forms.CharField(
        label=_("Company number"),
        max_length=15,
        required=False,
        help_text=_("Pohoda takes in only what is for the company of this number."),
    )

    def __init__(self, *args: Any, programme: Programme, told: Bookkeeping, **options: Any) -> None:
        options.setdefault("initial", {"company_id": told.company_id, "eur_rate": told.eur_rate})
        super().__init__(*args, **options)
        if programme.currency != "EUR":
            self.fields["eur_rate"] = forms.DecimalField(
                label=_("One euro costs (%(currency)s)") % {"currency": programme.currency},
                max_digits=14,
                decimal_places=6,
                min_value=0.000001,
                required=False,
                localize=True,
                help_text=_("For the twelve months on the overview, which are compared with a million euro."),
            )
        known = Assignment(told.accounts)
        self.fields["vat"] = _account(_("Account of VAT"), VAT_ACCOUNT, known.vat)
        for kind, usual in KINDS.items():
            debit, credit, code = known.of(kind)
            self.fields[f"{kind}_debit"] = _account(_("Debit"), usual.debit, debit)
            self.fields[f"{kind}_credit"] = _account(_("Credit"), usual.credit, credit)
            self.fields[f"{kind}_code"] = _account(_("Code in Pohoda"), "", code)

    def rows(self) -> list[tuple[Any, Any, Any, Any]]:
        """A line for each kind: its name, and its three fields."""
        return [
            (usual.name, self[f"{kind}_debit"], self[f"{kind}_credit"], self[f"{kind}_code"])
            for kind, usual in KINDS.items()
        ]

    def accounts(self) -> dict[str, list[str]]:
        """What is not the usual."""
        told = {"vat": [self.cleaned_data["vat"]]} if self.cleaned_data["vat"] not in ("", VAT_ACCOUNT) else {}
        for kind, usual in KINDS.items():
            typed = [self.cleaned_data[f"{kind}_{part}"] for part in ("debit", "credit", "code")]
            if any(mine and mine != known for mine, known in zip(typed, (usual.debit, usual.credit, ""), strict=True)):
                told[kind] = typed
        return told


def _account(label: Any, usual: str, initial: str) -> forms.CharField:
    return forms.RegexField(
        _ACCOUNT,
        label=label,
        required=False,
        max_length=12,
        initial=initial,
        widget=forms.TextInput(attrs={"placeholder": usual, "autocomplete": "off", "spellcheck": "false"}),
    )


class ScheduleForm(forms.Form):
    """What is sent, as what, how often, to whom."""

    report = forms.ChoiceField(label=_("Report"))
    file_format = forms.ChoiceField(label=_("As"), choices=[(one, one.upper()) for one in (*FORMATS, "xml")])
    every = forms.ChoiceField(label=_("When"), choices=Every.choices, initial=Every.MONTH)
    recipients = forms.MultipleChoiceField(label=_("To"), widget=forms.CheckboxSelectMultiple())

    def __init__(self, *args: Any, people: list[Staff], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["report"] = forms.ChoiceField(
            label=_("Report"), choices=[(slug, one.name) for slug, one in REPORTS.items()]
        )
        self.people = {str(person.public_id): person for person in people}
        names = [(key, f"{person} · {person.user.email}") for key, person in self.people.items()]
        self.fields["recipients"] = forms.MultipleChoiceField(
            label=_("To"), choices=names, widget=forms.CheckboxSelectMultiple()
        )
        self.order_fields(["report", "file_format", "every", "recipients"])

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean() or {}
        report, file_format = typed.get("report"), typed.get("file_format")
        if report and file_format and file_format not in REPORTS[report].formats:
            self.add_error("file_format", ValidationError(_("Only the journal is there as XML, for Pohoda.")))
        return typed
