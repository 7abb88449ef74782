"""What products leave to choose."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("groat", "0011_offline_taps"),
    ]

    operations = [
        migrations.AddField(
            model_name="product",
            name="choice_groups",
            field=models.JSONField(
                blank=True, db_default=models.Value([], output_field=models.JSONField()), default=list
            ),
        ),
        migrations.AddField(
            model_name="product",
            name="choice_groups_before",
            field=models.JSONField(blank=True, null=True),
        ),
    ]
