"""Limits and invitations of staff, sessions, hosts of programmes, second factors."""

import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("groat", "0025_trail_links"),
    ]

    operations = [
        migrations.CreateModel(
            name="SignedIn",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("session_key", models.CharField(max_length=40, unique=True)),
                ("browser", models.CharField(blank=True, max_length=300)),
                ("address", models.GenericIPAddressField(null=True)),
                ("began_at", models.DateTimeField()),
                ("seen_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["-seen_at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="StaffInvitation",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("email", models.EmailField(max_length=254, verbose_name="e-mail")),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("owner", "Owner"),
                            ("manager", "Manager"),
                            ("cashier", "Cashier"),
                            ("accountant", "Accountant"),
                        ],
                        max_length=20,
                        verbose_name="role",
                    ),
                ),
                ("token_hash", models.BinaryField(max_length=32, unique=True)),
                ("sent_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.AddField(
            model_name="checkout",
            name="no_debt",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="letter",
            name="is_secret",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="programme",
            name="host",
            field=models.CharField(blank=True, db_default="", default="", max_length=253, verbose_name="own host name"),
        ),
        migrations.AddField(
            model_name="programme",
            name="wants_second_factor",
            field=models.BooleanField(
                db_default=False, default=False, verbose_name="owners, managers and accountants need a second factor"
            ),
        ),
        migrations.AddField(
            model_name="staff",
            name="lets_debt",
            field=models.BooleanField(db_default=True, default=True),
        ),
        migrations.AddField(
            model_name="staff",
            name="refund_limit_minor",
            field=models.BigIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="staff",
            name="top_up_limit_minor",
            field=models.BigIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="user",
            name="last_programme",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="groat.programme"
            ),
        ),
        migrations.AddConstraint(
            model_name="programme",
            constraint=models.UniqueConstraint(
                django.db.models.functions.text.Lower("host"),
                condition=models.Q(("host", ""), _negated=True),
                name="one_programme_a_host",
            ),
        ),
        migrations.AddConstraint(
            model_name="staff",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("refund_limit_minor__isnull", True), ("refund_limit_minor__gte", 0), _connector="OR"
                ),
                name="a_refund_limit_is_not_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="staff",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("top_up_limit_minor__isnull", True), ("top_up_limit_minor__gte", 0), _connector="OR"
                ),
                name="a_top_up_limit_is_not_negative",
            ),
        ),
        migrations.AddField(
            model_name="signedin",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="signed_in", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="staffinvitation",
            name="programme",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="invitations", to="groat.programme"
            ),
        ),
        migrations.AddField(
            model_name="staffinvitation",
            name="staff",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="groat.staff"
            ),
        ),
        migrations.AddConstraint(
            model_name="staffinvitation",
            constraint=models.UniqueConstraint(
                models.F("programme"),
                django.db.models.functions.text.Lower("email"),
                condition=models.Q(("ended_at", None)),
                name="one_open_invitation_an_email",
            ),
        ),
        migrations.AddConstraint(
            model_name="staffinvitation",
            constraint=models.CheckConstraint(
                condition=models.Q(("staff__isnull", True), ("ended_at__isnull", False), _connector="OR"),
                name="an_invitation_taken_up_has_ended",
            ),
        ),
    ]
