"""Credits sold, and on what terms."""

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from groat.customers.models import Group, Wallet
from groat.programmes.models import Programme, Till
from groat.rows import OfProgramme
from groat.topups import offers
from groat.topups.expiry.models import ExpiryRule


class OfferKind(models.TextChoices):
    PACKAGE = "package", _("Package")
    BONUS = "bonus", _("Bonus")


class Unit(models.TextChoices):
    PERCENT = offers.Unit.PERCENT, _("per cent")
    CREDITS = offers.Unit.CREDITS, _("credits")


class Basis(models.TextChoices):
    SINGLE = offers.Basis.SINGLE, _("what is bought at once")
    MONTH = offers.Basis.MONTH, _("all that is bought in a calendar month")
    DAYS = offers.Basis.DAYS, _("all that is bought in so many days")


class Lasting(models.TextChoices):
    AS_BOUGHT = offers.Lasting.AS_BOUGHT, _("as long as the credits bought")
    DAYS = offers.Lasting.DAYS, _("so many days")
    MONTHS = offers.Lasting.MONTHS, _("so many months")
    DATE = offers.Lasting.DATE, _("to the end of a day")


class Offer(OfProgramme):
    """A package, or a bonus in steps. Never deleted: what was sold under it names it."""

    kind = "offer"

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="offers")
    sort = models.CharField(max_length=7, choices=OfferKind.choices)
    name = models.CharField(_("name"), max_length=60)
    position = models.PositiveIntegerField(_("order"), default=0)

    credits_minor = models.BigIntegerField(null=True, blank=True)
    """Of a package, as the two that follow."""
    price_minor = models.BigIntegerField(null=True, blank=True)
    """Minor units of the currency; None: the usual price."""
    bonus_minor = models.BigIntegerField(default=0)

    unit = models.CharField(max_length=7, choices=Unit.choices, default=Unit.PERCENT)
    """Of a bonus, as those that follow."""
    basis = models.CharField(max_length=6, choices=Basis.choices, default=Basis.SINGLE)
    period_days = models.PositiveSmallIntegerField(null=True, blank=True)
    tiers: "models.JSONField[list[dict[str, int]], list[dict[str, int]]]" = models.JSONField(default=list, blank=True)
    """In its row, since they are nothing without it: from how many credits, and hundredths of a per cent or credits."""
    on_packages = models.BooleanField(default=False)
    adds_up = models.BooleanField(default=False)

    at_till = models.BooleanField(default=True)
    at_office = models.BooleanField(default=True)
    online = models.BooleanField(default=True)
    group = models.ForeignKey(Group, on_delete=models.PROTECT, null=True, related_name="+")
    """None: whoever they are."""
    first_only = models.BooleanField(default=False)
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    lasts = models.CharField(max_length=9, choices=Lasting.choices, default=Lasting.AS_BOUGHT)
    lasts_number = models.PositiveSmallIntegerField(null=True, blank=True)
    lasts_until = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["position", "credits_minor", "name", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(sort=OfferKind.PACKAGE, credits_minor__isnull=False, credits_minor__gt=0)
                | Q(sort=OfferKind.BONUS, credits_minor__isnull=True, price_minor__isnull=True, bonus_minor=0),
                name="an_offer_is_a_package_or_a_bonus",
            ),
            models.CheckConstraint(
                condition=Q(bonus_minor__gte=0) & (Q(price_minor__isnull=True) | Q(price_minor__gte=0)),
                name="a_package_takes_nothing_away",
            ),
            models.CheckConstraint(
                condition=Q(starts_at__isnull=True) | Q(ends_at__isnull=True) | Q(starts_at__lt=F("ends_at")),
                name="an_offer_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(basis=Basis.DAYS, period_days__isnull=False, period_days__gt=0)
                | (~Q(basis=Basis.DAYS) & Q(period_days__isnull=True)),
                name="a_period_has_its_days",
            ),
            models.CheckConstraint(
                condition=Q(lasts=Lasting.AS_BOUGHT, lasts_number__isnull=True, lasts_until__isnull=True)
                | Q(lasts=Lasting.DATE, lasts_number__isnull=True, lasts_until__isnull=False)
                | Q(
                    lasts__in=[Lasting.DAYS, Lasting.MONTHS],
                    lasts_number__isnull=False,
                    lasts_number__gt=0,
                    lasts_until__isnull=True,
                ),
                name="a_bonus_lasts_one_way",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def terms(self) -> offers.Offer:
        """What it says, as `offers.quote` reads it."""
        sold = {
            offers.Channel.TILL: self.at_till,
            offers.Channel.OFFICE: self.at_office,
            offers.Channel.ONLINE: self.online,
        }
        audience = offers.Audience(
            channels=frozenset(channel for channel, is_sold in sold.items() if is_sold),
            group=self.group_id,
            first_only=self.first_only,
            starts_at=self.starts_at,
            ends_at=self.ends_at,
        )
        lasts = offers.Lasts(offers.Lasting(self.lasts), self.lasts_number, self.lasts_until)
        if self.sort == OfferKind.PACKAGE:
            return offers.Package(
                id=self.id,
                name=self.name,
                credits_minor=self.credits_minor or 0,
                price_minor=self.price_minor,
                bonus_minor=self.bonus_minor,
                audience=audience,
                lasts=lasts,
            )
        return offers.Bonus(
            id=self.id,
            name=self.name,
            unit=offers.Unit(self.unit),
            tiers=tuple(offers.Tier(**tier) for tier in self.tiers),
            basis=offers.Basis(self.basis),
            period_days=self.period_days,
            on_packages=self.on_packages,
            adds_up=self.adds_up,
            audience=audience,
            lasts=lasts,
        )


class AmountLimits(OfProgramme):
    """Whether a programme sells any amount of credits, and between which limits. No row: any amount."""

    kind = "amount_limits"

    programme = models.OneToOneField(Programme, on_delete=models.PROTECT, related_name="+")
    are_sold = models.BooleanField(default=True)
    least_minor = models.BigIntegerField(null=True, blank=True)
    most_minor = models.BigIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(Q(least_minor__isnull=True) | Q(least_minor__gt=0))
                & (Q(most_minor__isnull=True) | Q(most_minor__gt=0))
                & (Q(least_minor__isnull=True) | Q(most_minor__isnull=True) | Q(least_minor__lte=F("most_minor"))),
                name="the_least_is_not_above_the_most",
            ),
        ]


class Means(models.TextChoices):
    CASH = "cash", _("Cash")
    CARD = "card", _("Payment card")
    BANK = "bank", _("Bank transfer")
    WAGES = "wages", _("Deducted from wages")
    """By which debts are settled; nothing is sold so."""


class TopUp(OfProgramme):
    """Credits that a customer bought, with what was paid for them. Its id is its ledger entry's."""

    kind = "top_up"

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="top_ups")
    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="top_ups")
    till = models.ForeignKey(Till, on_delete=models.PROTECT, null=True, related_name="+")
    bought_minor = models.BigIntegerField()
    bonus_minor = models.BigIntegerField()
    paid_minor = models.BigIntegerField()
    """Minor units of the programme's currency."""
    means = models.CharField(max_length=10, choices=Means.choices)
    expires_at = models.DateTimeField(null=True)
    package = models.ForeignKey(Offer, on_delete=models.PROTECT, null=True, related_name="+")
    """What was bought, if it was a package; its terms may have changed since, the amounts here do not."""
    bonus_expires_at = models.DateTimeField(null=True)
    """None: as what was bought."""
    rule = models.ForeignKey(ExpiryRule, on_delete=models.PROTECT, null=True, db_index=False, related_name="+")
    """What said when they expire. None: it was agreed by hand, or nobody has made a rule."""
    actor = models.CharField(max_length=40)
    at = models.DateTimeField()
    reversed_minor = models.BigIntegerField(default=0)
    """How much of `bought_minor` was taken back."""
    is_undone = models.BooleanField(default=False, db_default=False)
    """Taken back whole before any of it was spent: to offers for a first top-up it never was."""
    is_settlement = models.BooleanField(default=False, db_default=False)
    """It settled a debt that was told in a statement: to offers nothing was bought."""

    class Meta:
        indexes = [models.Index(fields=["programme", "-id"], name="top_ups_newest_first")]
        constraints = [
            models.CheckConstraint(
                condition=Q(bought_minor__gt=0, bonus_minor__gte=0, paid_minor__gte=0),
                name="a_top_up_adds",
            ),
            models.CheckConstraint(
                condition=Q(reversed_minor__gte=0, reversed_minor__lte=F("bought_minor")),
                name="a_top_up_is_taken_back_once",
            ),
        ]


class GivenBonus(OfProgramme):
    """What an offer gave on top of a top-up, and what it said then."""

    kind = "given_bonus"

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="+")
    top_up = models.ForeignKey(TopUp, on_delete=models.PROTECT, related_name="given")
    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, related_name="given")
    name = models.CharField(max_length=60)
    """Of the offer, as it was."""
    bonus_minor = models.BigIntegerField()
    why: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)
    """Which step of the offer was reached, and by what: `offers.Given.why`."""

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(bonus_minor__gt=0), name="a_given_bonus_adds"),
            models.UniqueConstraint(fields=["top_up", "offer"], name="an_offer_gives_once_for_a_top_up"),
        ]
