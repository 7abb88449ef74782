"""Statements that are to be sent by e-mail."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('groat', '0033_card_boxes'),
    ]

    operations = [
        migrations.AddField(
            model_name='statement',
            name='is_to_be_sent',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddIndex(
            model_name='statement',
            index=models.Index(condition=models.Q(('is_to_be_sent', True)), fields=['id'], name='statements_to_be_sent'),
        ),
    ]
