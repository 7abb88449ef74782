"""Codes by which somebody may open a programme."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("groat", "0019_reports"),
    ]

    operations = [
        migrations.CreateModel(
            name="OpeningCode",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("code_hash", models.BinaryField(max_length=32, unique=True)),
                ("expires_at", models.DateTimeField()),
                (
                    "programme",
                    models.OneToOneField(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="groat.programme"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("programme__isnull", True), ("user__isnull", False), _connector="OR"),
                        name="a_code_opens_for_somebody",
                    )
                ],
            },
        ),
    ]
