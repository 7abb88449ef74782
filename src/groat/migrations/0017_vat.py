"""The VAT that prices contain: of the programme, and of products that have another."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("groat", "0016_groups"),
    ]

    operations = [
        migrations.AddField(
            model_name="product",
            name="vat_rate",
            field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="VAT"),
        ),
        migrations.AddField(
            model_name="programme",
            name="vat_rate",
            field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="VAT"),
        ),
        migrations.AddConstraint(
            model_name="product",
            constraint=models.CheckConstraint(
                condition=models.Q(("vat_rate__isnull", True), ("vat_rate__lte", 10000), _connector="OR"),
                name="vat_is_at_most_the_price",
            ),
        ),
        migrations.AddConstraint(
            model_name="programme",
            constraint=models.CheckConstraint(
                condition=models.Q(("vat_rate__isnull", True), ("vat_rate__lte", 10000), _connector="OR"),
                name="usual_vat_is_at_most_the_price",
            ),
        ),
    ]
