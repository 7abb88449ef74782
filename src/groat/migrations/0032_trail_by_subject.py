"""The audit trail, found by what it is about."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('groat', '0031_customer_notes'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='auditentry',
            index=models.Index(fields=['programme', 'subject', '-id'], name='audit_by_subject'),
        ),
    ]
