"""What is sold."""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from groat.programmes.models import Programme
from groat.rows import OfProgramme


class Category(OfProgramme):
    """A group of products, as a tab on the till."""

    kind = "category"

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="categories")
    name = models.CharField(_("name"), max_length=60)
    position = models.PositiveIntegerField(_("order"), default=0)

    class Meta:
        ordering = ["position", "name", "id"]
        constraints = [models.UniqueConstraint("programme", Lower("name"), name="one_category_a_name")]

    def __str__(self) -> str:
        return self.name


class Product(OfProgramme):
    """Something with a price in credits."""

    kind = "product"

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="products")
    category = models.ForeignKey(
        Category, on_delete=models.PROTECT, related_name="products", verbose_name=_("category")
    )
    name = models.CharField(_("name"), max_length=80)
    price_minor = models.BigIntegerField(_("price"), validators=[MinValueValidator(0)])
    swatch = models.CharField(_("colour"), max_length=20)
    picture = models.ImageField(_("picture"), upload_to="products/", blank=True)
    position = models.PositiveIntegerField(_("order"), default=0)
    is_favourite = models.BooleanField(_("favourite"), default=False, db_default=False)
    """Whether the till shows it first."""
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    """When it was taken off the tills; payments of the past keep its name and price."""

    class Meta:
        ordering = ["position", "name", "id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(price_minor__gte=0), name="a_price_is_not_negative"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def picture_name(self) -> str:
        """The last part of the picture's address; empty without one."""
        return str(self.picture.name).rpartition("/")[2] if self.picture else ""
