"""Shared tills, and what lets cashiers in at them."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("groat", "0013_letters"),
    ]

    operations = [
        migrations.CreateModel(
            name="Cashier",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("pin_hash", models.CharField(blank=True, max_length=200)),
                ("changed_at", models.DateTimeField()),
                (
                    "card",
                    models.OneToOneField(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="cashier", to="groat.card"
                    ),
                ),
                (
                    "programme",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="groat.programme"
                    ),
                ),
                (
                    "staff",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="cashier", to="groat.staff"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Guesses",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("subject", models.CharField(max_length=40)),
                ("wrong", models.PositiveIntegerField()),
                ("last_at", models.DateTimeField()),
                (
                    "programme",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="groat.programme"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("programme", "subject"), name="guesses_are_counted_in_one_place")
                ],
            },
        ),
        migrations.CreateModel(
            name="SharedTill",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("token_hash", models.BinaryField(max_length=32, unique=True)),
                ("device", models.CharField(blank=True, max_length=80)),
                ("shared_by", models.CharField(max_length=40)),
                ("shared_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("ended_by", models.CharField(blank=True, max_length=40)),
                ("role", models.CharField(blank=True, max_length=20)),
                ("how", models.CharField(blank=True, choices=[("pin", "PIN"), ("card", "Card")], max_length=4)),
                ("entered_at", models.DateTimeField(null=True)),
                ("active_at", models.DateTimeField()),
                (
                    "programme",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="groat.programme"
                    ),
                ),
                (
                    "staff",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="groat.staff"
                    ),
                ),
                (
                    "till",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="shared", to="groat.till"
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("entered_at__isnull", True), ("how", ""), ("role", ""), ("staff__isnull", True)),
                            models.Q(
                                models.Q(("entered_at__isnull", False), ("staff__isnull", False)),
                                models.Q(("how", ""), _negated=True),
                                models.Q(("role", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="somebody_is_in_whole",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("ended_at__isnull", True), ("staff__isnull", True), _connector="OR"),
                        name="nobody_is_in_where_it_has_ended",
                    ),
                ],
            },
        ),
    ]
