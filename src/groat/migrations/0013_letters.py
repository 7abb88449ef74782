"""The outbox of letters."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("groat", "0012_choices"),
    ]

    operations = [
        migrations.CreateModel(
            name='Letter',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('about', models.CharField(max_length=40)),
                ('origin', models.CharField(max_length=40)),
                ('actor', models.CharField(max_length=40)),
                ('sender', models.CharField(max_length=120)),
                ('address', models.EmailField(blank=True, max_length=254)),
                ('address_hash', models.BinaryField(max_length=32)),
                ('subject', models.CharField(blank=True, max_length=200)),
                ('text', models.TextField(blank=True)),
                ('html', models.TextField(blank=True)),
                ('message_id', models.CharField(max_length=200)),
                ('state', models.CharField(choices=[('waiting', 'On its way'), ('sent', 'Sent'), ('failed', 'Not delivered')], max_length=10)),
                ('tries', models.PositiveSmallIntegerField(default=0)),
                ('due_at', models.DateTimeField(null=True)),
                ('failure', models.CharField(blank=True, max_length=200)),
                ('written_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('programme', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='groat.programme')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('state', 'waiting')), fields=['due_at'], name='letters_that_wait'), models.Index(fields=['programme', '-id'], name='letters_newest_first'), models.Index(fields=['about'], name='letters_by_subject'), models.Index(fields=['address_hash', 'written_at'], name='letters_by_address'), models.Index(fields=['origin', 'written_at'], name='letters_by_origin'), models.Index(condition=models.Q(('address', ''), _negated=True), fields=['ended_at'], name='letters_to_erase')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(models.Q(('address', ''), _negated=True), ('due_at__isnull', False), ('ended_at__isnull', True), ('state', 'waiting')), models.Q(models.Q(('state', 'waiting'), _negated=True), ('due_at__isnull', True), ('ended_at__isnull', False)), _connector='OR'), name='a_letter_waits_or_has_ended')],
            },
        ),
    ]
