"""PINs of cards, who confirms a payment, and when a shared till is locked."""

from typing import Any

from django.db import migrations, models


def let_counters_rise_only(apps: Any, schema_editor: Any) -> None:
    """SQLite has made the cards' table anew, and left its trigger behind."""
    del apps
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("""
        CREATE TRIGGER IF NOT EXISTS a_tap_counts_once BEFORE UPDATE OF counter ON groat_card
        WHEN NEW.counter <= OLD.counter
        BEGIN SELECT RAISE(ABORT, 'a_tap_counts_once'); END
        """)


class Migration(migrations.Migration):
    dependencies = [("groat", "0009_baskets")]

    operations = [
        migrations.AddField(
            model_name="card",
            name="pin_hash",
            field=models.CharField(blank=True, db_default="", default="", max_length=200),
        ),
        migrations.AddField(
            model_name="card",
            name="pin_tries",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddConstraint(
            model_name="card",
            constraint=models.CheckConstraint(
                condition=models.Q(("pin_tries__lte", 3)), name="a_pin_is_tried_three_times"
            ),
        ),
        migrations.RunPython(let_counters_rise_only),
        migrations.AddField(
            model_name="programme",
            name="confirm_by",
            field=models.CharField(
                choices=[
                    ("cashier", "The cashier, who compares the customer"),
                    ("pin", "The customer, with the card’s PIN"),
                ],
                db_default="cashier",
                default="cashier",
                max_length=7,
                verbose_name="who confirms",
            ),
        ),
        migrations.AddField(
            model_name="programme",
            name="lock_after_minutes",
            field=models.PositiveSmallIntegerField(
                blank=True,
                db_default=5,
                default=5,
                null=True,
                verbose_name="a shared till is locked after (minutes)",
            ),
        ),
        migrations.AlterField(
            model_name="alarm",
            name="what",
            field=models.CharField(
                choices=[
                    ("replayed", "A tap that was used before"),
                    ("forged", "A chip that could not prove itself"),
                    ("number_alone", "The number of a chip without its proof"),
                    ("pin_blocked", "A PIN that was wrong three times"),
                ],
                max_length=12,
            ),
        ),
    ]
