"""Notes that the staff write about customers."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('groat', '0030_reports_sent'),
    ]

    operations = [
        migrations.CreateModel(
            name='CustomerNote',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('text', models.TextField(max_length=1000, verbose_name='note')),
                ('actor', models.CharField(max_length=40)),
                ('actor_name', models.CharField(max_length=120)),
                ('at', models.DateTimeField()),
                ('customer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='notes', to='groat.customer')),
                ('programme', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='groat.programme')),
            ],
            options={
                'indexes': [models.Index(fields=['customer', '-id'], name='notes_newest_first')],
            },
        ),
    ]
