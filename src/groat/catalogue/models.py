"""What is sold."""

from datetime import datetime
from typing import Any

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from groat.catalogue import rules
from groat.catalogue import selling as terms
from groat.programmes.models import Programme
from groat.programmes.rules import MOST_VAT_RATE
from groat.rows import OfProgramme


class Category(OfProgramme):
    """A group of products, as a tab on the till."""

    kind = "category"

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="categories")
    name = models.CharField(_("name"), max_length=60)
    position = models.PositiveIntegerField(_("order"), default=0)
    swatch = models.CharField(_("colour"), max_length=20, blank=True, default="", db_default="")
    """Of its tab on the till; empty: none."""
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    """When it was taken off the tills with all that was in it."""

    class Meta:
        ordering = ["position", "name", "id"]
        constraints = [models.UniqueConstraint("programme", Lower("name"), name="one_category_a_name")]

    def __str__(self) -> str:
        return self.name


class Pick(models.TextChoices):
    """How many of a group's choices are taken."""

    ONE = rules.ONE, _("exactly one")
    AT_MOST_ONE = rules.AT_MOST_ONE, _("one or none")
    ANY = rules.ANY, _("as many as one likes")


class Product(OfProgramme):
    """Something with a price in credits."""

    kind = "product"

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="products")
    category = models.ForeignKey(
        Category, on_delete=models.PROTECT, related_name="products", verbose_name=_("category")
    )
    name = models.CharField(_("name"), max_length=80)
    price_minor = models.BigIntegerField(_("price"), validators=[MinValueValidator(0)])
    """Before the first of the dated prices in `selling`; `price_at` knows what it costs."""
    price_history: "models.JSONField[list[list[Any]], list[list[Any]]]" = models.JSONField(
        default=list, blank=True, db_default=models.Value([], output_field=models.JSONField())
    )
    """What it cost before, as [until when, price]; the oldest first."""
    swatch = models.CharField(_("colour"), max_length=20)
    picture = models.ImageField(_("picture"), upload_to="products/", blank=True)
    position = models.PositiveIntegerField(_("order"), default=0)
    is_favourite = models.BooleanField(_("favourite"), default=False, db_default=False)
    """Whether the till shows it first."""
    choice_groups: "models.JSONField[list[dict[str, Any]], list[dict[str, Any]]]" = models.JSONField(
        default=list, blank=True, db_default=models.Value([], output_field=models.JSONField())
    )
    """What it leaves to choose, in order, as `rules.kept` writes it: in its row, so that a payment reads no more."""
    choice_groups_before: "models.JSONField[list[dict[str, Any]] | None, list[dict[str, Any]] | None]" = (
        models.JSONField(null=True, blank=True)
    )
    """The same before it was last changed, so that this can be undone."""
    vat_rate = models.PositiveSmallIntegerField(_("VAT"), null=True, blank=True)
    """Basis points that its price contains: 1200 is 12 %. None: as the programme has it."""
    selling: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(
        default=dict, blank=True, db_default=models.Value({}, output_field=models.JSONField())
    )
    """Where, when and at which dated prices it is sold, as `selling.keep` writes it: in its row, as `choice_groups`."""
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    """When it was taken off the tills; payments of the past keep its name and price."""

    class Meta:
        ordering = ["position", "name", "id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(price_minor__gte=0), name="a_price_is_not_negative"),
            models.CheckConstraint(
                condition=models.Q(vat_rate__isnull=True) | models.Q(vat_rate__lte=MOST_VAT_RATE),
                name="vat_is_at_most_the_price",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def choices(self) -> rules.Groups:
        """What it leaves to choose."""
        return rules.groups_in(self.choice_groups)

    @property
    def sold(self) -> terms.Selling:
        """Where, when and at what price it is sold."""
        return terms.read(self.selling)

    def price_at(self, now: datetime) -> int:
        """What it costs at an instant, in minor units of credit."""
        return self.sold.price_at(now, before_minor=self.price_minor)

    @property
    def picture_name(self) -> str:
        """The last part of the picture's address; empty without one."""
        return str(self.picture.name).rpartition("/")[2] if self.picture else ""
