"""Imports, what they brought from before Groat, and how customers are known."""

import django.db.models.deletion
import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('groat', '0028_statements'),
    ]

    operations = [
        migrations.CreateModel(
            name='Import',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('what', models.CharField(max_length=10)),
                ('file_name', models.CharField(max_length=120)),
                ('state', models.CharField(choices=[('mapping', 'Columns to be chosen'), ('checking', 'Being checked'), ('checked', 'To be confirmed'), ('running', 'Under way'), ('done', 'Done'), ('discarded', 'Discarded')], default='mapping', max_length=10)),
                ('headings', models.JSONField(default=list)),
                ('mapping', models.JSONField(default=list)),
                ('rows', models.PositiveIntegerField(default=0)),
                ('parts', models.PositiveIntegerField(default=0)),
                ('parts_done', models.PositiveIntegerField(default=0)),
                ('made', models.PositiveIntegerField(default=0)),
                ('changed', models.PositiveIntegerField(default=0)),
                ('unchanged', models.PositiveIntegerField(default=0)),
                ('refused', models.PositiveIntegerField(default=0)),
                ('actor', models.CharField(max_length=40)),
                ('at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='ImportFault',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('row', models.PositiveIntegerField()),
                ('column', models.CharField(max_length=120)),
                ('refusal', models.CharField(max_length=60)),
                ('facts', models.JSONField(default=dict)),
            ],
        ),
        migrations.CreateModel(
            name='ImportPart',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('number', models.PositiveIntegerField()),
                ('first_row', models.PositiveIntegerField()),
                ('cells', models.JSONField(default=list)),
            ],
        ),
        migrations.CreateModel(
            name='PastMovement',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('amount_minor', models.BigIntegerField()),
                ('text', models.CharField(blank=True, max_length=200)),
                ('reference', models.CharField(blank=True, max_length=60)),
                ('key', models.BinaryField(max_length=16)),
                ('ordinal', models.PositiveIntegerField()),
                ('seen_in', models.BigIntegerField()),
            ],
        ),
        migrations.AddField(
            model_name='wallet',
            name='opening_minor',
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddIndex(
            model_name='customer',
            index=models.Index(condition=models.Q(('identifier', ''), _negated=True), fields=['programme', 'identifier'], name='customers_by_identifier'),
        ),
        migrations.AddIndex(
            model_name='customer',
            index=models.Index(models.F('programme'), django.db.models.functions.text.Lower('email'), condition=models.Q(('email', ''), _negated=True), name='customers_by_email'),
        ),
        migrations.AddIndex(
            model_name='customer',
            index=models.Index(condition=models.Q(('phone', ''), _negated=True), fields=['programme', 'phone'], name='customers_by_phone'),
        ),
        migrations.AddField(
            model_name='import',
            name='programme',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='groat.programme'),
        ),
        migrations.AddField(
            model_name='importfault',
            name='of',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='groat.import'),
        ),
        migrations.AddField(
            model_name='importfault',
            name='programme',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='groat.programme'),
        ),
        migrations.AddField(
            model_name='importpart',
            name='of',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='groat.import'),
        ),
        migrations.AddField(
            model_name='importpart',
            name='programme',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='groat.programme'),
        ),
        migrations.AddField(
            model_name='pastmovement',
            name='programme',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='groat.programme'),
        ),
        migrations.AddField(
            model_name='pastmovement',
            name='wallet',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='groat.wallet'),
        ),
        migrations.AddIndex(
            model_name='import',
            index=models.Index(fields=['programme', '-id'], name='imports_newest_first'),
        ),
        migrations.AddConstraint(
            model_name='import',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'running')), fields=('programme',), name='one_import_runs_at_a_time'),
        ),
        migrations.AddIndex(
            model_name='importfault',
            index=models.Index(fields=['of', 'row', 'id'], name='faults_by_row'),
        ),
        migrations.AddConstraint(
            model_name='importpart',
            constraint=models.UniqueConstraint(fields=('of', 'number'), name='one_part_a_number'),
        ),
        migrations.AddIndex(
            model_name='pastmovement',
            index=models.Index(fields=['wallet', '-at', '-id'], name='past_movements_newest_first'),
        ),
        migrations.AddConstraint(
            model_name='pastmovement',
            constraint=models.UniqueConstraint(fields=('programme', 'key', 'ordinal'), name='one_past_movement_a_key'),
        ),
    ]
