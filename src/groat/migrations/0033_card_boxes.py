"""Boxes of new cards, and cards out of them that are nobody’s yet."""

from importlib import import_module

import django.db.models.deletion
from django.db import migrations, models

# SQLite makes the cards' table anew here, and loses its trigger.
let_each_tap_count_once = import_module("groat.migrations.0011_offline_taps").let_each_tap_count_once


class Migration(migrations.Migration):

    dependencies = [
        ("groat", "0032_trail_by_subject"),
    ]

    operations = [
        migrations.CreateModel(
            name='CardBox',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=60, verbose_name='name')),
                ('first_credit_minor', models.BigIntegerField(default=0, verbose_name='first credit')),
                ('next_number', models.CharField(blank=True, max_length=20, verbose_name='next number')),
                ('made_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.AddField(
            model_name='card',
            name='handed_over_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='card',
            name='number',
            field=models.CharField(blank=True, db_default='', default='', max_length=20),
        ),
        migrations.AddField(
            model_name='cardbox',
            name='programme',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='card_boxes', to='groat.programme'),
        ),
        migrations.AddField(
            model_name='cardbox',
            name='spare',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='groat.wallet'),
        ),
        migrations.AddField(
            model_name='card',
            name='box',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='cards', to='groat.cardbox'),
        ),
        migrations.AddField(
            model_name='pairing',
            name='box',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='pairings', to='groat.cardbox'),
        ),
        migrations.AddIndex(
            model_name='card',
            index=models.Index(condition=models.Q(('box__isnull', False), ('handed_over_at__isnull', True)), fields=['programme', '-id'], name='cards_that_are_nobodys'),
        ),
        migrations.AddConstraint(
            model_name='cardbox',
            constraint=models.CheckConstraint(condition=models.Q(('first_credit_minor__gte', 0)), name='a_first_credit_is_not_negative'),
        ),
        migrations.RunPython(let_each_tap_count_once),
    ]
