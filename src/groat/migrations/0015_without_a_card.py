"""Customers who are looked up at a till, and pay without a card."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("groat", "0014_shared_tills"),
    ]

    operations = [
        migrations.AddField(
            model_name="programme",
            name="cashiers_may_look_up",
            field=models.BooleanField(
                db_default=False,
                default=False,
                verbose_name="cashiers may look customers up who have no card with them",
            ),
        ),
        migrations.AlterField(
            model_name="payment",
            name="card",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="groat.card",
            ),
        ),
        migrations.AddField(
            model_name="payment",
            name="without_card",
            field=models.CharField(
                blank=True,
                choices=[("forgotten", "Forgotten"), ("lost", "Lost"), ("broken", "Does not work")],
                db_default="",
                default="",
                max_length=10,
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("card__isnull", False), ("without_card", "")),
                    models.Q(("card__isnull", True), models.Q(("without_card", ""), _negated=True)),
                    _connector="OR",
                ),
                name="a_payment_has_a_card_or_a_reason",
            ),
        ),
    ]
