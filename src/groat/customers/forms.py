"""The forms about customers and, by hand, their wallets."""

from datetime import date, datetime
from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from groat import ids
from groat.customers import queries
from groat.customers.import_rules import Kind
from groat.customers.models import Customer, Group
from groat.ledger.queries import Standing
from groat.programmes import days
from groat.programmes.models import Programme
from groat.web.forms import DateInput, MinorField


class OfProgramme(forms.Form):
    """A form that knows whose money and words it speaks of; fields of several such forms may be joined in one."""

    def __init__(self, *args: Any, programme: Programme, **options: Any) -> None:
        super().__init__(*args, **options)
        self.programme = programme


class PersonFields(OfProgramme):
    """What is known of a customer. Without a name they are anonymous."""

    name = forms.CharField(
        label=pgettext_lazy("of a person", "Name"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    identifier = forms.CharField(
        label=_("Identifier"), max_length=60, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    email = forms.EmailField(
        label=_("E-mail"),
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        help_text=_("An e-mail address or a phone number is needed."),
    )
    phone = forms.CharField(
        label=_("Phone"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "type": "tel"}),
    )
    language = forms.ChoiceField(label=_("Language"), required=False)
    note = forms.CharField(
        label=_("Note"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("For the staff alone."),
    )

    half: tuple[str, ...] = ("email", "phone", "identifier", "language")
    refusal_fields = {
        "phone_invalid": "phone",
        "customer_needs_name": "name",
        "customer_needs_contact": "email",
        "group_withdrawn": "group",
    }

    def __init__(self, *args: Any, programme: Programme, group: int | None = None, **options: Any) -> None:
        """`group` is the one that the customer is in already."""
        super().__init__(*args, programme=programme, **options)
        self._groups = {str(one.public_id): one for one in queries.groups(programme_id=programme.id, but_for=group)}
        if self._groups:
            self.fields["group"] = forms.ChoiceField(
                label=_("Group"),
                required=False,
                choices=[("", _("None")), *((key, one.name) for key, one in self._groups.items())],
            )
        if programme.identifier_label:
            self.fields["identifier"].label = programme.identifier_label
        default = dict(settings.LANGUAGES).get(programme.language, programme.language)
        self.fields["language"] = forms.ChoiceField(
            label=_("Language"),
            required=False,
            choices=[("", _("The programme’s: %(language)s") % {"language": default}), *settings.LANGUAGES],
        )
        self.order_fields(["name", "email", "phone", "identifier", "language", "group", "note"])

    def person(self) -> dict[str, Any]:
        """The fields of a customer, as typed, and their group."""
        typed = {name: self.cleaned_data[name] for name in PersonFields.base_fields}
        return typed | {"group": self._groups.get(self.cleaned_data.get("group", ""))}


class EditForm(PersonFields):
    """A customer as they are known now."""

    def __init__(self, *args: Any, customer: Customer, **options: Any) -> None:
        known = {name: getattr(customer, name) for name in PersonFields.base_fields}
        if customer.group_id is not None:
            known["group"] = str(ids.public(Group.kind, customer.group_id))
        super().__init__(*args, initial=known, group=customer.group_id, **options)
        # Who has a name keeps one; who was anonymous may get one.
        self.fields["name"].required = bool(customer.name)


def _reason(**options: Any) -> forms.CharField:
    return forms.CharField(
        label=_("Reason"),
        max_length=200,
        help_text=_("Written into the books with your name, for good."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        **options,
    )


class ExpiryMixin(forms.Form):
    """A day until whose end credits are good."""

    time_zone = "UTC"

    def until(self, name: str = "expires_on") -> datetime | None:
        """The end of the chosen day; None when none was chosen."""
        day: date | None = self.cleaned_data[name]
        return None if day is None else days.end_of(day, time_zone=self.time_zone)


class AdjustForm(ExpiryMixin):
    """Put a balance right by hand."""

    direction = forms.ChoiceField(
        label=_("What is to be done"),
        choices=[("give", _("Give credits")), ("take", _("Take credits"))],
        initial="give",
        widget=forms.RadioSelect,
    )
    reason = _reason()
    expires_on = forms.DateField(
        label=_("Given credits expire at the end of"), required=False, help_text=_("Empty: they do not expire.")
    )

    large = ("amount",)
    refusal_fields = {
        "insufficient_credit": "amount",
        "amount_invalid": "amount",
        "reason_missing": "reason",
        "expiry_in_the_past": "expires_on",
    }

    def __init__(self, *args: Any, programme: Programme, **options: Any) -> None:
        super().__init__(*args, **options)
        self.time_zone = programme.time_zone
        self.fields["amount"] = MinorField.of_credits(programme, label=_("Credits"), min_minor=1)
        self.fields["expires_on"].widget = DateInput(earliest=timezone.localdate())
        self.order_fields(["direction", "amount", "reason", "expires_on"])

    @property
    def amount_minor(self) -> int:
        """Positive gives, negative takes."""
        amount_minor: int = self.cleaned_data["amount"]
        return amount_minor if self.cleaned_data["direction"] == "give" else -amount_minor


class WriteOffForm(forms.Form):
    reason = _reason()

    large = ("amount",)
    refusal_fields = {"more_than_the_debt": "amount", "amount_invalid": "amount", "reason_missing": "reason"}

    def __init__(self, *args: Any, programme: Programme, standing: Standing, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["amount"] = MinorField.of_credits(
            programme, label=_("Debt to forgive"), min_minor=1, initial=standing.debt_minor
        )
        self.order_fields(["amount", "reason"])


class TransferForm(forms.Form):
    """Credits to another customer, who is looked for while one types."""

    target = forms.UUIDField(
        error_messages={"required": _("Choose who is to get the credits.")}, widget=forms.HiddenInput
    )
    reason = _reason()

    large = ("amount",)
    refusal_fields = {
        "insufficient_credit": "amount",
        "amount_invalid": "amount",
        "reason_missing": "reason",
        "same_wallet": "target",
    }

    def __init__(self, *args: Any, programme: Programme, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["amount"] = MinorField.of_credits(programme, label=_("Credits"), min_minor=1)
        self.order_fields(["amount", "reason", "target"])


class ExtendForm(ExpiryMixin):
    """A later expiry for the credits that were bought."""

    forever = forms.BooleanField(label=_("They no longer expire"), required=False)
    reason = _reason()

    refusal_fields = {"expiry_in_the_past": "expires_on", "reason_missing": "reason"}

    def __init__(self, *args: Any, programme: Programme, **options: Any) -> None:
        super().__init__(*args, **options)
        self.time_zone = programme.time_zone
        self.fields["expires_on"] = forms.DateField(
            label=_("Good until the end of"), required=False, widget=DateInput(earliest=timezone.localdate())
        )
        self.order_fields(["expires_on", "forever", "reason"])

    def clean(self) -> dict[str, Any]:
        """A day or for ever: one of the two must be said."""
        typed = super().clean() or {}
        if not typed.get("expires_on") and not typed.get("forever") and "expires_on" not in self.errors:
            self.add_error("expires_on", _("Choose a day."))
        return typed

    @property
    def expires_at(self) -> datetime | None:
        return None if self.cleaned_data["forever"] else self.until()


class FloorFields(OfProgramme):
    """Prepaid, or postpaid down to a limit; what is left empty follows the group."""

    refusal_fields = {"amount_invalid": "below"}

    def __init__(self, *args: Any, programme: Programme, floor_minor: int | None = None, **options: Any) -> None:
        super().__init__(*args, programme=programme, **options)
        self.fields["below"] = MinorField.of_credits(
            programme,
            label=_("May go below zero by"),
            required=False,
            initial=None if floor_minor is None else -floor_minor,
            help_text=_(
                "0: prepaid, nothing can be spent that is not there. More: postpaid, up to this much on account. "
                "Empty: as in the customer’s group; without one, prepaid."
            ),
        )

    @property
    def floor_minor(self) -> int | None:
        """The minimum balance: 0 or negative; None: the group's."""
        below: int | None = self.cleaned_data["below"]
        return None if below is None else -below


class GroupForm(OfProgramme):
    """A group of customers."""

    name = forms.CharField(label=_("Name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    note = forms.CharField(label=_("Note"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2}))

    refusal_fields = {"amount_invalid": "below", "name_taken": "name"}

    def __init__(self, *args: Any, programme: Programme, group: Group | None = None, **options: Any) -> None:
        known = {} if group is None else {"name": group.name, "note": group.note}
        super().__init__(*args, programme=programme, initial=known, **options)
        floor_minor = None if group is None else group.floor_minor
        self.fields["below"] = MinorField.of_credits(
            programme,
            label=_("Its customers may go below zero by"),
            required=False,
            initial=None if floor_minor is None else -floor_minor,
            help_text=_(
                "For employees whose purchases are settled later. Who has a minimum balance of their own keeps it. "
                "Empty: nobody goes below zero."
            ),
        )
        self.order_fields(["name", "below", "note"])

    def told(self) -> dict[str, Any]:
        """What the actions on groups ask for."""
        below: int | None = self.cleaned_data["below"]
        floor_minor = None if below is None else -below
        return {"name": self.cleaned_data["name"], "note": self.cleaned_data["note"], "floor_minor": floor_minor}


class CustomerFilter(forms.Form):
    """Whom the list of customers shows. What makes no sense in the address filters nothing."""

    q = forms.CharField(max_length=200, required=False, label=_("Name, e-mail, phone or a card’s last four"))
    inactive = forms.ChoiceField(
        label=_("Last visit"),
        required=False,
        choices=[
            ("", _("Whenever they were here")),
            ("30", _("Not here for 30 days")),
            ("90", _("Not here for 90 days")),
            ("180", _("Not here for half a year")),
            ("365", _("Not here for a year")),
        ],
    )
    debt = forms.BooleanField(label=_("In debt"), required=False)
    expiring = forms.BooleanField(label=_("Credits expire within 30 days"), required=False)
    blocked = forms.BooleanField(label=pgettext_lazy("of a person", "Blocked"), required=False)
    no_card = forms.BooleanField(label=_("Without a card"), required=False)

    def __init__(self, *args: Any, programme: Programme, **options: Any) -> None:
        super().__init__(*args, **options)
        # Withdrawn ones too: people are still in them.
        every = [group for group, _members in queries.counted_groups(programme_id=programme.id)]
        self.groups = {str(group.public_id): group for group in every}
        names = [(public_id, group.name) for public_id, group in self.groups.items()]
        self.fields["group"] = forms.ChoiceField(
            label=_("Group"), required=False, choices=[("", _("All groups")), *names]
        )

    @property
    def selects(self) -> list[Any]:
        """The fields that are chosen from, as the page shows them."""
        return [self["group"], self["inactive"]] if self.groups else [self["inactive"]]

    @property
    def ticks(self) -> list[Any]:
        """The fields that are ticked."""
        return [self["debt"], self["expiring"], self["blocked"], self["no_card"]]


ACTS = ("group", "language", "block", "unblock")
"""What can be done to many customers at once."""
NO_GROUP = "none"


class ActForm(OfProgramme):
    """What is to be done to those who were chosen, and how many they were said to be."""

    expected = forms.IntegerField(min_value=1, widget=forms.HiddenInput)

    refusal_fields = {"reason_missing": "reason", "group_withdrawn": "to_group"}

    def __init__(self, *args: Any, programme: Programme, act: str, **options: Any) -> None:
        super().__init__(*args, programme=programme, **options)
        self.act = act
        self._groups: dict[str, Group] = {}
        if act == "block":
            self.fields["reason"] = forms.CharField(
                label=_("Reason"),
                max_length=200,
                help_text=_("For the staff of the office; the till only says that the customer is blocked."),
                widget=forms.TextInput(attrs={"autocomplete": "off"}),
            )
        elif act == "group":
            self._groups = {str(one.public_id): one for one in queries.groups(programme_id=programme.id)}
            names = [(key, one.name) for key, one in self._groups.items()]
            self.fields["to_group"] = forms.ChoiceField(
                label=_("Group"),
                choices=[("", _("Choose one")), *names, (NO_GROUP, _("None: take them out of their group"))],
            )
        elif act == "language":
            default = dict(settings.LANGUAGES).get(programme.language, programme.language)
            self.fields["to_language"] = forms.ChoiceField(
                label=_("Language"),
                required=False,
                choices=[*settings.LANGUAGES, ("", _("The programme’s: %(language)s") % {"language": default})],
            )

    @property
    def chosen_group(self) -> Group | None:
        """The group that they are to be in."""
        return self._groups.get(self.cleaned_data["to_group"])


class ImportForm(forms.Form):
    """A table to be imported."""

    what = forms.ChoiceField(
        label=_("What is in it"),
        choices=[
            (Kind.CUSTOMERS.value, _("Customers, with their balances")),
            (Kind.MOVEMENTS.value, _("What customers did before Groat: payments and top-ups")),
        ],
        initial=Kind.CUSTOMERS.value,
        widget=forms.RadioSelect,
    )
    file = forms.FileField(
        label=_("CSV or XLSX"),
        help_text=_("The first row holds the headings. Nothing is changed until you have seen what would be."),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx"}),
    )

    refusal_fields = {"file_unreadable": "file", "file_too_large": "file"}
