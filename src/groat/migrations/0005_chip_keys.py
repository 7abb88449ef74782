"""The keys of chips, wrapped."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('groat', '0004_readers_and_chips'),
    ]

    operations = [
        migrations.CreateModel(
            name='WrappedChipKeys',
            fields=[
                ('programme', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='+', serialize=False, to='groat.programme')),
                ('meta_key', models.BinaryField(max_length=100)),
                ('master_key', models.BinaryField(max_length=100)),
            ],
        ),
    ]
