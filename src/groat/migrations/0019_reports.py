"""Figures of days: what is folded, and how far."""

import sqlite3
from pathlib import Path
from typing import Any

import django.db.models.deletion
from django.db import migrations, models

SQL = Path(__file__).resolve().parent.parent / "reports" / "sql"


def create(apps: Any, schema_editor: Any) -> None:
    connection = schema_editor.connection
    draft = ""
    for line in (SQL / f"{connection.vendor}.sql").read_text().splitlines(keepends=True):
        draft += line
        # One at a time, as SQLite's driver takes them inside a transaction.
        if sqlite3.complete_statement(draft):
            schema_editor.execute(draft.strip())
            draft = ""


class Migration(migrations.Migration):
    dependencies = [("groat", "0018_offers")]
    operations = [
        migrations.RunPython(create),
        migrations.CreateModel(
            name="PostedCell",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "programme",
                        "day",
                        "hour",
                        "kind",
                        "account",
                        "till",
                        "actor",
                        "means",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("programme", models.BigIntegerField()),
                ("day", models.DateField()),
                ("hour", models.SmallIntegerField()),
                ("kind", models.CharField(max_length=12)),
                ("account", models.SmallIntegerField()),
                ("till", models.BigIntegerField()),
                ("actor", models.CharField(max_length=40)),
                ("means", models.CharField(max_length=20)),
                ("entries", models.BigIntegerField()),
                ("amount_minor", models.BigIntegerField()),
                ("worth_minor", models.BigIntegerField()),
            ],
            options={
                "db_table": "reports_posted",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="SoldCell",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "programme",
                        "day",
                        "hour",
                        "till",
                        "actor",
                        "product",
                        "vat_rate",
                        "is_back",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("programme", models.BigIntegerField()),
                ("day", models.DateField()),
                ("hour", models.SmallIntegerField()),
                ("till", models.BigIntegerField()),
                ("actor", models.CharField(max_length=40)),
                ("product", models.BigIntegerField()),
                ("vat_rate", models.IntegerField()),
                ("is_back", models.SmallIntegerField()),
                ("quantity", models.BigIntegerField()),
                ("credits_minor", models.BigIntegerField()),
                ("cash_minor", models.BigIntegerField()),
                ("worth_minor", models.BigIntegerField()),
                ("vat_minor", models.BigIntegerField()),
            ],
            options={
                "db_table": "reports_sold",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="Fold",
            fields=[
                (
                    "programme",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="groat.programme",
                    ),
                ),
                ("folded_id", models.BigIntegerField(default=0)),
                ("time_zone", models.CharField(max_length=50)),
                ("version", models.PositiveSmallIntegerField()),
                ("prices", models.JSONField(default=list)),
            ],
        ),
    ]
