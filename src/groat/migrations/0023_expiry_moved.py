"""What rules of expiry have taken over from the settings."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("groat", "0022_expiry_rules"),
    ]

    operations = [
        migrations.RemoveField(
            model_name='programme',
            name='credit_valid_months',
        ),
        migrations.RemoveField(
            model_name='programme',
            name='extends_on_top_up',
        ),
        migrations.RemoveField(
            model_name='programme',
            name='grace_days',
        ),
    ]
