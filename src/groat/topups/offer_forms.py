"""The forms by which a merchant says what is on offer."""

from typing import TYPE_CHECKING, Any, cast, override

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from groat import ids
from groat.customers import queries as customers
from groat.customers.models import Group
from groat.ledger.core.commands import MOST_MINOR
from groat.programmes.models import Programme
from groat.topups import offers
from groat.topups.models import Basis, Lasting, Offer, OfferKind, Unit
from groat.topups.offering import OfferChanges
from groat.web.forms import DateInput, MinorField

_WHERE = [("at_till", _("At the till")), ("at_office", _("In the office")), ("online", _("Online and by REST"))]


class MomentInput(forms.DateTimeInput):
    """The browser's own calendar and clock."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


def _moment(label: Any, help_text: Any) -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label, required=False, widget=MomentInput(), input_formats=["%Y-%m-%dT%H:%M"], help_text=help_text
    )


class OfferForm(forms.Form):
    """What packages and bonuses have in common: a name, for whom, where, when, and how long the bonus is good."""

    name = forms.CharField(
        label=_("Name"),
        max_length=60,
        help_text=_("Customers read it: on the button, on the receipt."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    position = forms.IntegerField(
        label=_("Order"), min_value=0, max_value=9999, initial=0, help_text=_("Smaller numbers come first.")
    )
    first_only = forms.BooleanField(
        label=_("Only for the first top-up"),
        required=False,
        help_text=_("What was undone before any of it was spent does not count as one."),
    )
    where = forms.MultipleChoiceField(
        label=_("Where"), choices=_WHERE, initial=[name for name, _label in _WHERE], widget=forms.CheckboxSelectMultiple
    )
    starts_at = _moment(pgettext_lazy("a beginning", "From"), _("Empty: from now on."))
    ends_at = _moment(_("Until"), _("Empty: until you withdraw it. From this minute on it is over."))
    lasts = forms.ChoiceField(label=_("The bonus is good"), choices=Lasting.choices, initial=Lasting.AS_BOUGHT)
    lasts_number = forms.IntegerField(
        label=_("How many"), required=False, min_value=1, max_value=offers.LONGEST_LASTING
    )
    lasts_until = forms.DateField(label=_("To the end of"), required=False, widget=DateInput())

    sort: OfferKind
    half: tuple[str, ...] = ("starts_at", "ends_at", "lasts_number", "lasts_until")
    about: tuple[str, ...] = ()
    audience: tuple[str, ...] = ("group", "first_only", "where", "starts_at", "ends_at")
    lasting = ("lasts", "lasts_number", "lasts_until")
    refusal_fields: dict[str, str] = {}

    def __init__(self, *args: Any, programme: Programme, offer: Offer | None = None, **options: Any) -> None:
        options["initial"] = None if offer is None else self._said(offer)
        super().__init__(*args, **options)
        self.programme = programme
        self.sooner = offer
        known = customers.groups(programme_id=programme.id, but_for=offer.group_id if offer else None)
        self._groups = {str(group.public_id): group for group in known}
        if self._groups:
            self.fields["group"] = forms.ChoiceField(
                label=_("For whom"),
                required=False,
                choices=[("", _("Everybody")), *((key, group.name) for key, group in self._groups.items())],
            )

    def _said(self, offer: Offer) -> dict[str, Any]:
        names = [*OfferForm.base_fields, *self.about]
        said = {name: getattr(offer, name) for name in names if hasattr(offer, name)}
        said["where"] = [name for name, _label in _WHERE if getattr(offer, name)]
        if offer.group_id is not None:
            said["group"] = str(ids.public(Group.kind, offer.group_id))
        return said

    def fields_of(self, *names: str) -> list[forms.BoundField]:
        """The fields of these names that there are."""
        return [self[name] for name in names if name in self.fields]

    @property
    def about_fields(self) -> list[forms.BoundField]:
        return self.fields_of("name", *self.about)

    @property
    def audience_fields(self) -> list[forms.BoundField]:
        return self.fields_of(*self.audience, "position")

    @property
    def lasting_fields(self) -> list[forms.BoundField]:
        return self.fields_of(*self.lasting)

    @override
    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        starts_at, ends_at = typed.get("starts_at"), typed.get("ends_at")
        if starts_at and ends_at and starts_at >= ends_at:
            self.add_error("ends_at", _("It must end after it begins."))
        lasts = typed.get("lasts")
        if lasts in (Lasting.DAYS, Lasting.MONTHS) and typed.get("lasts_number") is None:
            self._want("lasts_number", _("Enter how many."))
        if lasts == Lasting.DATE and typed.get("lasts_until") is None:
            self._want("lasts_until", _("Choose the day."))
        return typed

    def _want(self, name: str, message: Any) -> None:
        if name not in self.errors:
            self.add_error(name, message)

    def told(self) -> OfferChanges:
        """What the action is to make of it."""
        typed = self.cleaned_data
        names = [name for name in (*OfferForm.base_fields, *self.about) if name != "where"]
        told: dict[str, Any] = {name: typed[name] for name in names if name in typed}
        told |= {name: name in typed.get("where", ()) for name, _label in _WHERE}
        told["group"] = self._groups.get(typed.get("group", ""))
        told |= self.more()
        return cast("OfferChanges", told)

    def more(self) -> dict[str, Any]:
        """What a package or a bonus says besides."""
        return {}


class PackageForm(OfferForm):
    """A fixed amount for a price."""

    sort = OfferKind.PACKAGE
    about = ("credits_minor", "price_minor", "bonus_minor")
    half = (*OfferForm.half, "credits_minor", "price_minor")
    refusal_fields = {"amount_invalid": "credits_minor"}

    def __init__(self, *args: Any, programme: Programme, **options: Any) -> None:
        super().__init__(*args, programme=programme, **options)
        self.fields["credits_minor"] = MinorField.of_credits(
            programme, label=_("Credits"), min_minor=1, max_minor=MOST_MINOR
        )
        self.fields["price_minor"] = MinorField.of_currency(
            programme, label=_("Price"), required=False, max_minor=MOST_MINOR, help_text=_("Empty: the usual price.")
        )
        self.fields["bonus_minor"] = MinorField.of_credits(
            programme,
            label=_("Bonus credits"),
            required=False,
            max_minor=MOST_MINOR,
            help_text=_("Given on top, free of charge."),
        )

    @override
    def more(self) -> dict[str, Any]:
        return {"bonus_minor": self.cleaned_data.get("bonus_minor") or 0}


class BonusForm(OfferForm):
    """What is given on top of what is bought, in steps."""

    unit = forms.ChoiceField(label=_("The bonus is given in"), choices=Unit.choices, initial=Unit.PERCENT)
    basis = forms.ChoiceField(label=_("The step is decided by"), choices=Basis.choices, initial=Basis.SINGLE)
    period_days = forms.IntegerField(
        label=_("How many days"),
        required=False,
        min_value=1,
        max_value=offers.LONGEST_PERIOD_DAYS,
        help_text=_("Whole days, today is one of them."),
    )
    on_packages = forms.BooleanField(
        label=_("Also on packages"),
        required=False,
        help_text=_("Otherwise only where somebody buys an amount of their own."),
    )
    adds_up = forms.BooleanField(
        label=_("On top of other bonuses"),
        required=False,
        help_text=_("Otherwise only the largest of several bonuses is given."),
    )

    sort = OfferKind.BONUS
    about = ("unit", "basis", "period_days")
    half = (*OfferForm.half, "unit", "basis", "period_days")
    audience = (*OfferForm.audience, "on_packages", "adds_up")

    def __init__(
        self, data: Any = None, *args: Any, programme: Programme, offer: Offer | None = None, **options: Any
    ) -> None:
        super().__init__(data, *args, programme=programme, offer=offer, **options)
        unit = (data.get("unit") if data is not None else offer and offer.unit) or Unit.PERCENT
        rows = [{"start": tier["from_minor"], "bonus": tier["bonus"]} for tier in (offer.tiers if offer else [])]
        self.steps = StepForms(
            data, prefix="steps", initial=rows, form_kwargs={"programme": programme, "unit": str(unit)}
        )

    @override
    def _said(self, offer: Offer) -> dict[str, Any]:
        names = ("unit", "basis", "period_days", "on_packages", "adds_up")
        return super()._said(offer) | {name: getattr(offer, name) for name in names}

    @override
    def is_valid(self) -> bool:
        # Both, so that all that is wrong is said at once.
        are_steps_right = self.steps.is_valid()
        if self.is_bound and not are_steps_right and not self.errors:
            self.add_error(None, _("Something is not right with the steps."))
        return super().is_valid() and are_steps_right

    @property
    def tiers(self) -> list[offers.Tier]:
        """The steps that were filled in; of those that cannot be read, none."""
        rows = [row.cleaned_data for row in self.steps.forms if row.is_valid()]
        filled = [row for row in rows if row.get("bonus")]
        return sorted(
            (offers.Tier(row.get("start") or 0, row["bonus"]) for row in filled), key=lambda tier: tier.from_minor
        )

    @override
    def clean(self) -> dict[str, Any]:
        typed = super().clean()
        if typed.get("basis") == Basis.DAYS and typed.get("period_days") is None:
            self._want("period_days", _("Enter how many days."))
        return typed

    @override
    def more(self) -> dict[str, Any]:
        typed = self.cleaned_data
        return {name: bool(typed.get(name)) for name in ("on_packages", "adds_up")} | {"tiers": self.tiers}


class StepForm(forms.Form):
    """One step. Empty it is none."""

    half = ("start", "bonus")

    def __init__(self, *args: Any, programme: Programme, unit: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["start"] = MinorField.of_credits(
            programme, label=pgettext_lazy("a beginning", "From"), required=False, max_minor=MOST_MINOR
        )
        if unit == Unit.PERCENT:
            bonus = MinorField(
                decimals=2, unit="%", label=_("Bonus"), required=False, min_minor=1, max_minor=offers.MOST_RATE
            )
        else:
            bonus = MinorField.of_credits(
                programme, label=_("Bonus"), required=False, min_minor=1, max_minor=MOST_MINOR
            )
        self.fields["bonus"] = bonus

    @override
    def clean(self) -> dict[str, Any]:
        typed = self.cleaned_data
        if typed.get("start") and typed.get("bonus") is None and "bonus" not in self.errors:
            self.add_error("bonus", _("Enter the bonus, or leave both empty."))
        return typed


if TYPE_CHECKING:
    _StepForms = forms.BaseFormSet[StepForm]
else:
    _StepForms = forms.BaseFormSet


class BaseStepForms(_StepForms):
    """The steps of a bonus: at least one, and no two from the same amount."""

    @override
    def clean(self) -> None:
        rows = [row.cleaned_data for row in self.forms if row.is_valid()]
        starts = [row.get("start") or 0 for row in rows if row.get("bonus")]
        if not any(self.errors) and not starts:
            raise forms.ValidationError(_("Fill in at least one step."), code="required")
        if len(starts) != len(set(starts)):
            raise forms.ValidationError(_("Two steps begin at the same amount."), code="duplicate")


StepForms = forms.formset_factory(
    StepForm,
    formset=BaseStepForms,
    extra=2,
    max_num=offers.MOST_TIERS,
    absolute_max=offers.MOST_TIERS,
    validate_max=True,
)


class AmountsForm(forms.Form):
    """Whether any amount is sold, and between which limits."""

    are_sold = forms.BooleanField(
        label=_("Any amount may be bought"),
        required=False,
        help_text=_("Otherwise only packages are sold."),
    )

    half = ("least", "most")
    refusal_fields = {"amount_invalid": "most"}

    def __init__(self, *args: Any, programme: Programme, **options: Any) -> None:
        super().__init__(*args, **options)
        for name, label, help_text in (
            ("least", _("At least"), _("Empty: as little as one likes.")),
            ("most", _("At most"), _("Empty: as much as one likes.")),
        ):
            self.fields[name] = MinorField.of_credits(
                programme, label=label, required=False, min_minor=1, max_minor=MOST_MINOR, help_text=help_text
            )

    @override
    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        least, most = typed.get("least"), typed.get("most")
        if least is not None and most is not None and least > most:
            self.add_error("most", _("This is less than the least."))
        return typed
