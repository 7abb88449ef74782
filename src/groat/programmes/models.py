"""The programme (the tenant) and what belongs to running it: sites, tills, staff, keys, the audit trail."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from groat.programmes import rules
from groat.programmes.rules import MOST_VAT_RATE
from groat.rows import OfProgramme, Row


class Worker(models.Model):
    """One row for each process that ever minted ids here: its number keeps their ids apart."""

    id = models.BigAutoField(primary_key=True)
    started_at = models.DateTimeField(auto_now_add=True)


class Users(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


class User(AbstractBaseUser, Row):
    """A person who can sign in. What they may do is said by their places as staff."""

    kind = "user"

    email = models.EmailField(_("e-mail"), max_length=254)
    name = models.CharField(_("name"), max_length=120)
    language = models.CharField(_("language"), max_length=5, blank=True)
    last_programme = models.ForeignKey("Programme", on_delete=models.SET_NULL, null=True, related_name="+")
    """Where they worked last, in a browser: they land there again."""
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    objects: ClassVar[Users] = Users()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="one_user_an_email")]

    def __str__(self) -> str:
        return self.name


class Sector(models.TextChoices):
    CAFE = "cafe", _("Café")
    CANTEEN = "canteen", _("Canteen")
    GYM = "gym", _("Gym")
    SPA = "spa", _("Spa")
    RESTAURANT = "restaurant", _("Restaurant")
    SHOP = "shop", _("Shop")
    OTHER = "other", _("Other")


class ConfirmBy(models.TextChoices):
    """Who vouches for it that a card pays for its owner, where the programme wants that."""

    CASHIER = "cashier", _("The cashier, who compares the customer")
    PIN = "pin", _("The customer, with the card’s PIN")


class Programme(Row):
    """One merchant's credit programme: the tenant, and the unit that its credits are counted in."""

    kind = "programme"

    slug = models.SlugField(_("address"), max_length=50, unique=True)
    name = models.CharField(_("name"), max_length=120)
    credit_name = models.CharField(_("name of the credit"), max_length=20)
    credit_decimals = models.PositiveSmallIntegerField(_("decimals"), default=2)
    currency = models.CharField(_("currency"), max_length=3, default="EUR")
    price_minor = models.BigIntegerField(_("price of one credit"))
    """Minor units of `currency` that one whole credit costs."""
    time_zone = models.CharField(_("time zone"), max_length=50, default="Europe/Prague")
    language = models.CharField(_("language"), max_length=5, default="en")
    identifier_label = models.CharField(_("what identifies a customer"), max_length=60, blank=True)
    undo_seconds = models.PositiveIntegerField(_("a cashier may undo a payment for (seconds)"), default=300)
    confirm_from_minor = models.BigIntegerField(_("ask for confirmation from"), null=True, blank=True)
    """Payments of this many minor units of credit or more wait until the cashier has checked the customer."""
    cashiers_may_look_up = models.BooleanField(
        _("cashiers may look customers up who have no card with them"), default=False, db_default=False
    )
    """Owners and managers always may."""
    cashiers_may_sell_out = models.BooleanField(
        _("cashiers may say that a product is sold out"), default=True, db_default=True
    )
    """Owners and managers always may."""
    confirm_copyable_from_minor = models.BigIntegerField(
        _("ask for confirmation of cards that can be copied from"), null=True, blank=True
    )
    """The same for cards that are known by their number alone; of both limits the lower one counts."""
    confirm_by = models.CharField(
        _("who confirms"),
        max_length=7,
        choices=ConfirmBy.choices,
        default=ConfirmBy.CASHIER,
        db_default=ConfirmBy.CASHIER.value,
    )
    lock_after_minutes = models.PositiveSmallIntegerField(
        _("a shared till is locked after (minutes)"), null=True, blank=True, default=5, db_default=5
    )
    """Of nobody touching it. None: never by itself."""
    vat_rate = models.PositiveSmallIntegerField(_("VAT"), null=True, blank=True)
    """Basis points that sales contain unless a product says otherwise: 2100 is 21 %. None: it charges no VAT."""
    accent = models.CharField(_("colour"), max_length=7, blank=True, default="", db_default="")
    """Of buttons and links on its pages, such as #2545b0; empty: Groat's own."""
    logo = models.ImageField(_("logo"), upload_to="logos/", blank=True, default="", db_default="")
    host = models.CharField(_("own host name"), max_length=253, blank=True, default="", db_default="")
    """A host name under which there is this programme alone; empty: it is reached by its path on the common one."""
    wants_second_factor = models.BooleanField(
        _("owners, managers and accountants need a second factor"), default=False, db_default=False
    )
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("host"), condition=~models.Q(host=""), name="one_programme_a_host"),
            models.CheckConstraint(condition=models.Q(credit_decimals__lte=4), name="a_credit_has_at_most_4_decimals"),
            models.CheckConstraint(condition=models.Q(price_minor__gt=0), name="a_credit_costs_something"),
            models.CheckConstraint(
                condition=models.Q(confirm_from_minor__isnull=True) | models.Q(confirm_from_minor__gt=0),
                name="confirmation_starts_above_nothing",
            ),
            models.CheckConstraint(
                condition=models.Q(confirm_copyable_from_minor__isnull=True)
                | models.Q(confirm_copyable_from_minor__gt=0),
                name="confirmation_of_copies_starts_above_nothing",
            ),
            models.CheckConstraint(
                condition=models.Q(vat_rate__isnull=True) | models.Q(vat_rate__lte=MOST_VAT_RATE),
                name="usual_vat_is_at_most_the_price",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def logo_name(self) -> str:
        """The last part of the logo's address; empty without one."""
        return str(self.logo.name).rpartition("/")[2] if self.logo else ""


class Site(OfProgramme):
    """A place of the programme: its café, its gym."""

    kind = "site"

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="sites")
    name = models.CharField(_("name"), max_length=120)
    sector = models.CharField(_("sector"), max_length=20, choices=Sector.choices, default=Sector.CAFE)
    address = models.CharField(_("address"), max_length=200, blank=True, default="", db_default="")
    """For receipts."""
    hours: "models.JSONField[list[list[int]], list[list[int]]]" = models.JSONField(
        default=list, blank=True, db_default=models.Value([], output_field=models.JSONField())
    )
    """When it is open, as `weeks.keep` writes it; for receipts."""
    category_ids: "models.JSONField[list[int] | None, list[int] | None]" = models.JSONField(null=True, blank=True)
    """Keys of the categories that its tills sell; None: all."""
    closed_at = models.DateTimeField(null=True, blank=True)
    """When it was given up, with all its tills."""

    class Meta:
        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint("programme", Lower("name"), name="one_site_a_name")]

    def __str__(self) -> str:
        return self.name


class Till(OfProgramme):
    """A place where payments are taken, with whatever readers stand beside it."""

    kind = "till"

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="tills")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="tills")
    name = models.CharField(_("name"), max_length=120)
    closed_at = models.DateTimeField(null=True, blank=True)
    """When the till was taken out of use; it takes no payments since."""
    category_ids: "models.JSONField[list[int] | None, list[int] | None]" = models.JSONField(null=True, blank=True)
    """Keys of the categories that it sells; None: as its site."""

    class Meta:
        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint("site", Lower("name"), name="one_till_a_name")]

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    OWNER = "owner", _("Owner")
    MANAGER = "manager", _("Manager")
    CASHIER = "cashier", _("Cashier")
    ACCOUNTANT = "accountant", _("Accountant")


class Staff(OfProgramme):
    """A person's place in a programme, with one role."""

    kind = "staff"

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="staff")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="places")
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)
    left_at = models.DateTimeField(null=True, blank=True)
    site_ids: "models.JSONField[list[int] | None, list[int] | None]" = models.JSONField(null=True, blank=True)
    """Keys of the sites at whose tills a cashier works; None: all. Owners and managers work at all."""
    refund_limit_minor = models.BigIntegerField(null=True, blank=True)
    """As a cashier they give back at most so many minor units of credit at once; None: any amount."""
    top_up_limit_minor = models.BigIntegerField(null=True, blank=True)
    """As a cashier they take at most so much for one top-up, in minor units of the currency; None: any amount."""
    lets_debt = models.BooleanField(default=True, db_default=True)
    """Whether they, as a cashier, may let a payment go into a debt that the customer's minimum balance allows."""

    class Meta:
        ordering = ["user__name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["programme", "user"], name="one_place_a_person"),
            models.CheckConstraint(
                condition=models.Q(refund_limit_minor__isnull=True) | models.Q(refund_limit_minor__gte=0),
                name="a_refund_limit_is_not_negative",
            ),
            models.CheckConstraint(
                condition=models.Q(top_up_limit_minor__isnull=True) | models.Q(top_up_limit_minor__gte=0),
                name="a_top_up_limit_is_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return self.user.name


class StaffInvitation(OfProgramme):
    """Asks somebody by e-mail to work in the programme. Its link is good once; of its token a hash is kept."""

    kind = "staff_invitation"

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="invitations")
    email = models.EmailField(_("e-mail"), max_length=254)
    name = models.CharField(_("name"), max_length=120)
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)
    token_hash = models.BinaryField(max_length=32, unique=True)
    """Another one each time that it is sent: the link before is then dead."""
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    """Who came of it."""
    ended_at = models.DateTimeField(null=True)
    """When it was taken up, or withdrawn."""

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                "programme", Lower("email"), condition=models.Q(ended_at=None), name="one_open_invitation_an_email"
            ),
            models.CheckConstraint(
                condition=models.Q(staff__isnull=True) | models.Q(ended_at__isnull=False),
                name="an_invitation_taken_up_has_ended",
            ),
        ]

    def __str__(self) -> str:
        return self.name


_UNKNOWN_BROWSER = "–"


class SignedIn(Row):
    """A browser in which somebody is signed in, as they see it in the list from which they sign it out."""

    kind = "signed_in"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="signed_in")
    session_key = models.CharField(max_length=40, unique=True)
    browser = models.CharField(max_length=300, blank=True)
    """What it says of itself."""
    address = models.GenericIPAddressField(null=True)
    began_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    """When it last asked for something, to some minutes."""

    class Meta:
        ordering = ["-seen_at", "-id"]

    @property
    def device(self) -> str:
        """What sort of browser it is."""
        return rules.device_of(self.browser) or _UNKNOWN_BROWSER


class Scope(models.TextChoices):
    """What an API key may do. Reading and writing are granted apart."""

    PROGRAMME_READ = "programme:read", _("Read the programme, its sites and tills")
    CUSTOMERS_READ = "customers:read", _("Read customers, wallets, cards and statements")
    CUSTOMERS_WRITE = "customers:write", _("Create and change customers and cards")
    PRODUCTS_READ = "products:read", _("Read products")
    PRODUCTS_WRITE = "products:write", _("Create and change products")
    TOP_UPS_WRITE = "top-ups:write", _("Top up wallets")
    PAYMENTS_READ = "payments:read", _("Read checkouts and payments")
    PAYMENTS_WRITE = "payments:write", _("Take payments")
    REFUNDS_WRITE = "refunds:write", _("Refund payments")


class ApiKey(OfProgramme):
    """A key for an integrator. Its secret is shown once; the database knows a hash of it."""

    kind = "api_key"

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="api_keys")
    name = models.CharField(_("name"), max_length=120)
    secret_hash = models.BinaryField(max_length=32, unique=True)
    last_four = models.CharField(max_length=4)
    scopes: "models.JSONField[list[str], list[str]]" = models.JSONField(default=list)
    requests_per_minute = models.PositiveIntegerField(_("requests a minute"), null=True, blank=True)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name


class AuditEntry(Row):
    """One thing that somebody did: who, what, when, from where. Append-only by trigger."""

    kind = "audit"

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="+", null=True)
    """None for what belongs to no programme, such as a failed sign-in."""
    at = models.DateTimeField()
    actor = models.CharField(max_length=40)
    """`staff:<id>`, `key:<id>`, `user:<id>`, `system` or `anonymous`."""
    actor_name = models.CharField(max_length=120)
    action = models.CharField(max_length=60)
    """`card.blocked`, `top_up.made` …: the noun and what was done to it."""
    subject = models.CharField(max_length=60)
    """`customer:<id>` …: what it was done to."""
    subject_name = models.CharField(max_length=120)
    address = models.GenericIPAddressField(null=True)
    details: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["programme", "-id"], name="audit_newest_first"),
            models.Index(fields=["programme", "subject", "-id"], name="audit_by_subject"),
        ]


class TrailLink(models.Model):
    """A link of the audit trail's chain: an entry's place in it, and the hash over all up to there. Append-only."""

    pk = models.CompositePrimaryKey("programme", "number")
    programme = models.BigIntegerField()
    """0 for what belongs to no programme."""
    number = models.BigIntegerField()
    entry = models.BigIntegerField(unique=True)
    hash = models.BinaryField(max_length=32)
