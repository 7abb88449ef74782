"""The forms by which a programme is run: its settings, sites, tills, staff and keys."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from groat.programmes.changes import ProgrammeChanges
from groat.programmes.deeds import Limits
from groat.programmes.models import ConfirmBy, Programme, Role, Scope, Sector, Site
from groat.programmes.rules import usual_vat_rates
from groat.web import pictures
from groat.web.forms import MinorField, PictureField, RateField

ZONES = sorted(
    name
    for name in available_timezones()
    if name == "UTC" or ("/" in name and not name.startswith(("Etc/", "SystemV/")))
)


class LookForm(forms.Form):
    """The programme's own colour and logo."""

    accent = forms.CharField(
        label=_("Colour"),
        required=False,
        widget=forms.ColorInput,
        help_text=_("Of buttons and links. It is made darker by day and lighter by night until everybody can read it."),
    )
    own_accent = forms.BooleanField(label=_("Use this colour instead of Groat’s blue"), required=False)
    logo = PictureField(
        make=pictures.contained,
        label=_("Logo"),
        required=False,
        help_text=_("Best a wide picture on a clear background. It is shown in the office and at the till."),
    )

    def __init__(self, *args: Any, has_logo: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        if has_logo:
            self.fields["without_logo"] = forms.BooleanField(label=_("Remove the logo"), required=False)

    def changes(self) -> ProgrammeChanges:
        """What the action is to make of it."""
        typed = self.cleaned_data
        asked = ProgrammeChanges(accent=typed["accent"] if typed["own_accent"] else "")
        if typed["logo"]:
            asked["logo"] = typed["logo"]
        elif typed.get("without_logo"):
            asked["logo"] = ""
        return asked


class ProgrammeForm(forms.Form):
    """What an owner may change. The unit of the credits is none of it: all books are kept in it."""

    name = forms.CharField(label=_("Name"), max_length=120)
    credit_name = forms.CharField(
        label=_("Name of the credit"), max_length=20, help_text=_("Stands behind every amount: credits, Kč, €.")
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=[(name, name.replace("_", " ")) for name in ZONES],
        help_text=_("Days begin and credits expire by it."),
    )
    language = forms.ChoiceField(
        label=_("Language"), choices=settings.LANGUAGES, help_text=_("For customers who chose none of their own.")
    )
    identifier_label = forms.CharField(
        label=_("What identifies a customer"),
        max_length=60,
        required=False,
        help_text=_("Employee number, birth date, locker … It is asked for beside the name."),
    )
    undo_seconds = forms.IntegerField(
        label=_("A cashier may undo a payment for (seconds)"),
        min_value=0,
        max_value=86_400,
        help_text=_("Managers and owners may always."),
    )

    confirm_by = forms.ChoiceField(
        label=_("Who confirms"),
        choices=ConfirmBy.choices,
        widget=forms.RadioSelect,
        help_text=_("Cards without a PIN are then declined from that amount on. A PIN is set at the customer’s page."),
    )
    lock_after_minutes = forms.IntegerField(
        label=_("A shared till is locked after (minutes)"),
        min_value=1,
        max_value=240,
        required=False,
        help_text=_("Of nobody touching it, and never during a charge. Empty: never by itself."),
    )

    cashiers_may_look_up = forms.BooleanField(
        label=_("Cashiers may look customers up who have no card with them"),
        required=False,
        help_text=_("Owners and managers always may. Each search and each account opened stands in the audit trail."),
    )

    cashiers_may_sell_out = forms.BooleanField(
        label=_("Cashiers may say that a product is sold out"),
        required=False,
        help_text=_("With one tap at the till. Owners and managers always may."),
    )

    wants_second_factor = forms.BooleanField(
        label=_("Owners, managers and accountants need a second factor"),
        required=False,
        help_text=_("A code of an app or a passkey, beside the password. Who has none sets it up before going on."),
    )
    half = ("price_minor", "vat_rate", "time_zone", "language")

    def __init__(self, *args: Any, programme: Programme, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["price_minor"] = MinorField.of_currency(
            programme,
            label=_("Price of one credit"),
            min_minor=1,
            help_text=_("For credits sold from now on."),
        )
        self.fields["confirm_from_minor"] = MinorField.of_credits(
            programme,
            label=_("Ask for confirmation from"),
            min_minor=1,
            required=False,
            help_text=_("Payments of this much wait until the cashier has checked who pays. Empty: never."),
        )
        self.fields["confirm_copyable_from_minor"] = MinorField.of_credits(
            programme,
            label=_("The same for cards that can be copied, from"),
            min_minor=1,
            required=False,
            help_text=_(
                "A card known by its number alone can be copied for a few euro; one whose chip proves itself cannot. "
                "Of both limits the lower one counts."
            ),
        )
        usual = usual_vat_rates(currency=programme.currency, time_zone=programme.time_zone)
        self.fields["vat_rate"] = RateField(
            label=_("VAT"),
            usual=usual,
            required=False,
            help_text=_("Contained in every price; a product may have another. Empty: you charge no VAT."),
        )
        self.order_fields(
            [
                "name",
                "credit_name",
                "price_minor",
                "vat_rate",
                "identifier_label",
                "time_zone",
                "language",
                "undo_seconds",
                "confirm_from_minor",
                "confirm_copyable_from_minor",
                "cashiers_may_look_up",
                "cashiers_may_sell_out",
                "confirm_by",
                "lock_after_minutes",
                "wants_second_factor",
            ]
        )


class SiteForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120)
    sector = forms.ChoiceField(label=_("Sector"), choices=Sector.choices)
    address = forms.CharField(label=_("Address"), max_length=200, required=False, help_text=_("Stands on receipts."))

    refusal_fields = {"name_taken": "name"}


class TillForm(forms.Form):
    """A till's name, and the site it stands at when there is a choice."""

    name = forms.CharField(
        label=_("Name"), max_length=120, help_text=_("As the cashiers call it: bar, reception, kitchen.")
    )

    refusal_fields = {"name_taken": "name"}

    def __init__(self, *args: Any, sites: list[Site], **options: Any) -> None:
        super().__init__(*args, **options)
        self.sites = {str(site.public_id): site for site in sites}
        if len(sites) > 1:
            self.fields["site"] = forms.ChoiceField(
                label=_("Site"), choices=[(public_id, site.name) for public_id, site in self.sites.items()]
            )

    @property
    def site(self) -> Site:
        """The chosen one, or the only one."""
        return self.sites[self.cleaned_data["site"]] if "site" in self.fields else next(iter(self.sites.values()))


_DUTIES = {
    Role.OWNER: _("Owner: everything, and the staff, keys and settings alone"),
    Role.MANAGER: _("Manager: customers, cards, products, money; no staff and no settings"),
    Role.CASHIER: _("Cashier: takes payments at a till"),
    Role.ACCOUNTANT: _("Accountant: reads everything, changes nothing"),
}


class RoleForm(forms.Form):
    role = forms.ChoiceField(
        label=_("Role"), choices=list(_DUTIES.items()), initial=Role.CASHIER, widget=forms.RadioSelect
    )


class PlaceForm(RoleForm):
    """The role of a member of staff, and what they may not exceed as a cashier."""

    lets_debt = forms.BooleanField(
        label=_("May let a customer go into debt"),
        required=False,
        help_text=_("As far as the customer’s minimum balance allows. Without it, payments stop at zero."),
    )

    def __init__(self, *args: Any, programme: Programme, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["refund_minor"] = MinorField.of_credits(
            programme, label=_("Gives back at most"), required=False, help_text=_("At once. Empty: any amount.")
        )
        self.fields["top_up_minor"] = MinorField.of_currency(
            programme, label=_("Takes for one top-up at most"), required=False, help_text=_("Empty: any amount.")
        )
        self.order_fields(["role", "refund_minor", "top_up_minor", "lets_debt"])

    half = ("refund_minor", "top_up_minor")

    @property
    def limits(self) -> Limits:
        """What was typed of them."""
        typed = self.cleaned_data
        return Limits(typed["refund_minor"], typed["top_up_minor"], typed["lets_debt"])


class JoinForm(forms.Form):
    """With what somebody who was invited will sign in."""

    name = forms.CharField(
        label=pgettext_lazy("of a person", "Name"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=200,
        strip=False,
        help_text=_("At least 10 characters, and none of the common ones."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    refusal_fields = {"password_weak": "password"}


class EngageForm(RoleForm):
    name = forms.CharField(
        label=pgettext_lazy("of a person", "Name"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        help_text=_("They sign in with it."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )

    field_order = ("name", "email", "role")
    refusal_fields = {"already_staff": "email", "already_invited": "email"}


class ApiKeyForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), max_length=120, help_text=_("What it is for: web shop, turnstile, payroll.")
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"),
        choices=Scope.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one thing that it may do.")},
    )
    requests_per_minute = forms.IntegerField(
        label=_("Requests a minute"),
        min_value=1,
        max_value=100_000,
        required=False,
        help_text=_("Empty: what this installation allows to all."),
    )
