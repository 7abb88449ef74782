"""What is on offer to those who top up, and what it gave."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("groat", "0017_vat"),
    ]

    operations = [
        migrations.AddField(
            model_name="topup",
            name="bonus_expires_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="topup",
            name="is_undone",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.CreateModel(
            name="Offer",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("sort", models.CharField(choices=[("package", "Package"), ("bonus", "Bonus")], max_length=7)),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                ("position", models.PositiveIntegerField(default=0, verbose_name="order")),
                ("credits_minor", models.BigIntegerField(blank=True, null=True)),
                ("price_minor", models.BigIntegerField(blank=True, null=True)),
                ("bonus_minor", models.BigIntegerField(default=0)),
                (
                    "unit",
                    models.CharField(
                        choices=[("percent", "per cent"), ("credits", "credits")], default="percent", max_length=7
                    ),
                ),
                (
                    "basis",
                    models.CharField(
                        choices=[
                            ("single", "what is bought at once"),
                            ("month", "all that is bought in a calendar month"),
                            ("days", "all that is bought in so many days"),
                        ],
                        default="single",
                        max_length=6,
                    ),
                ),
                ("period_days", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("tiers", models.JSONField(blank=True, default=list)),
                ("on_packages", models.BooleanField(default=False)),
                ("adds_up", models.BooleanField(default=False)),
                ("at_till", models.BooleanField(default=True)),
                ("at_office", models.BooleanField(default=True)),
                ("online", models.BooleanField(default=True)),
                ("first_only", models.BooleanField(default=False)),
                ("starts_at", models.DateTimeField(blank=True, null=True)),
                ("ends_at", models.DateTimeField(blank=True, null=True)),
                (
                    "lasts",
                    models.CharField(
                        choices=[
                            ("as_bought", "as long as the credits bought"),
                            ("days", "so many days"),
                            ("months", "so many months"),
                            ("date", "to the end of a day"),
                        ],
                        default="as_bought",
                        max_length=9,
                    ),
                ),
                ("lasts_number", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("lasts_until", models.DateField(blank=True, null=True)),
                ("created_at", models.DateTimeField()),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                (
                    "group",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="groat.group"
                    ),
                ),
                (
                    "programme",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="offers", to="groat.programme"
                    ),
                ),
            ],
            options={
                "ordering": ["position", "credits_minor", "name", "id"],
            },
        ),
        migrations.CreateModel(
            name="GivenBonus",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=60)),
                ("bonus_minor", models.BigIntegerField()),
                ("why", models.JSONField(default=dict)),
                (
                    "programme",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="groat.programme"
                    ),
                ),
                (
                    "top_up",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="given", to="groat.topup"
                    ),
                ),
                (
                    "offer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="given", to="groat.offer"
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.AddField(
            model_name="topup",
            name="package",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="groat.offer"
            ),
        ),
        migrations.CreateModel(
            name="AmountLimits",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("are_sold", models.BooleanField(default=True)),
                ("least_minor", models.BigIntegerField(blank=True, null=True)),
                ("most_minor", models.BigIntegerField(blank=True, null=True)),
                (
                    "programme",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="groat.programme"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("least_minor__isnull", True), ("least_minor__gt", 0), _connector="OR"),
                            models.Q(("most_minor__isnull", True), ("most_minor__gt", 0), _connector="OR"),
                            models.Q(
                                ("least_minor__isnull", True),
                                ("most_minor__isnull", True),
                                ("least_minor__lte", models.F("most_minor")),
                                _connector="OR",
                            ),
                        ),
                        name="the_least_is_not_above_the_most",
                    )
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="offer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("credits_minor__gt", 0), ("credits_minor__isnull", False), ("sort", "package")),
                    models.Q(
                        ("bonus_minor", 0),
                        ("credits_minor__isnull", True),
                        ("price_minor__isnull", True),
                        ("sort", "bonus"),
                    ),
                    _connector="OR",
                ),
                name="an_offer_is_a_package_or_a_bonus",
            ),
        ),
        migrations.AddConstraint(
            model_name="offer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("bonus_minor__gte", 0),
                    models.Q(("price_minor__isnull", True), ("price_minor__gte", 0), _connector="OR"),
                ),
                name="a_package_takes_nothing_away",
            ),
        ),
        migrations.AddConstraint(
            model_name="offer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("starts_at__isnull", True),
                    ("ends_at__isnull", True),
                    ("starts_at__lt", models.F("ends_at")),
                    _connector="OR",
                ),
                name="an_offer_ends_after_it_begins",
            ),
        ),
        migrations.AddConstraint(
            model_name="offer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("basis", "days"), ("period_days__gt", 0), ("period_days__isnull", False)),
                    models.Q(models.Q(("basis", "days"), _negated=True), ("period_days__isnull", True)),
                    _connector="OR",
                ),
                name="a_period_has_its_days",
            ),
        ),
        migrations.AddConstraint(
            model_name="offer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("lasts", "as_bought"), ("lasts_number__isnull", True), ("lasts_until__isnull", True)),
                    models.Q(("lasts", "date"), ("lasts_number__isnull", True), ("lasts_until__isnull", False)),
                    models.Q(("lasts__in", ["days", "months"]), ("lasts_number__gt", 0), ("lasts_number__isnull", False), ("lasts_until__isnull", True)),
                    _connector="OR",
                ),
                name="a_bonus_lasts_one_way",
            ),
        ),
        migrations.AddConstraint(
            model_name="givenbonus",
            constraint=models.CheckConstraint(condition=models.Q(("bonus_minor__gt", 0)), name="a_given_bonus_adds"),
        ),
        migrations.AddConstraint(
            model_name="givenbonus",
            constraint=models.UniqueConstraint(fields=("top_up", "offer"), name="an_offer_gives_once_for_a_top_up"),
        ),
    ]
