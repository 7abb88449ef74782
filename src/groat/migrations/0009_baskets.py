"""Baskets: a part in cash, notes, baskets put aside; favourites among the products."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("groat", "0008_drawers"),
    ]

    operations = [
        migrations.CreateModel(
            name="ParkedBasket",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=40, verbose_name="name")),
                ("lines", models.JSONField()),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="note")),
                ("actor", models.CharField(max_length=40)),
                ("parked_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[("parked", "Put aside"), ("taken", "Taken up"), ("removed", "Deleted")], max_length=10
                    ),
                ),
                ("changed_at", models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name="checkout",
            name="cash_minor",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="checkout",
            name="note",
            field=models.CharField(blank=True, db_default="", default="", max_length=200, verbose_name="note"),
        ),
        migrations.AddField(
            model_name="payment",
            name="cash_minor",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="product",
            name="is_favourite",
            field=models.BooleanField(db_default=False, default=False, verbose_name="favourite"),
        ),
        migrations.AddField(
            model_name="refund",
            name="cash_minor",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddConstraint(
            model_name="checkout",
            constraint=models.CheckConstraint(
                condition=models.Q(("cash_minor__gte", 0), ("cash_minor__lt", models.F("amount_minor"))),
                name="cash_is_part_of_it",
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(("cash_minor__gte", 0)), name="cash_of_a_payment_is_not_negative"
            ),
        ),
        migrations.AddConstraint(
            model_name="refund",
            constraint=models.CheckConstraint(
                condition=models.Q(("cash_minor__gte", 0)), name="cash_of_a_refund_is_not_negative"
            ),
        ),
        migrations.AddField(
            model_name="parkedbasket",
            name="programme",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="groat.programme"
            ),
        ),
        migrations.AddField(
            model_name="parkedbasket",
            name="till",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="groat.till"
            ),
        ),
        migrations.AddIndex(
            model_name="parkedbasket",
            index=models.Index(fields=["till", "-changed_at"], name="parked_baskets_by_change"),
        ),
    ]
