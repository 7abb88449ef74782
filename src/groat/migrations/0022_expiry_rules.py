"""Rules by which credits expire, and those that programmes had so far."""

import django.db.models.deletion
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

MOST_MONTHS = 120


def take_over(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Make the rule that each programme's settings were; it said when what was sold so far expires."""
    programmes = apps.get_model("groat", "Programme").objects.exclude(
        credit_valid_months=None, extends_on_top_up=False, grace_days=14
    )
    rules = apps.get_model("groat", "ExpiryRule").objects
    rules.bulk_create(
        rules.model(
            id=one.id,
            programme_id=one.id,
            life="months" if one.credit_valid_months else "never",
            months=min(one.credit_valid_months, MOST_MONTHS) if one.credit_valid_months else None,
            extension="as_new" if one.extends_on_top_up else "none",
            refund_grace_days=one.grace_days,
            actor="system",
            made_at=one.created_at,
            starts_at=one.created_at,
        )
        for one in programmes
    )
    made = rules.values("id")
    apps.get_model("groat", "TopUp").objects.filter(programme_id__in=made).update(rule_id=models.F("programme_id"))


class Migration(migrations.Migration):

    dependencies = [
        ('groat', '0021_blocked_customers'),
    ]

    operations = [
        migrations.CreateModel(
            name='ExpiryRule',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('life', models.CharField(max_length=10)),
                ('months', models.PositiveSmallIntegerField(null=True)),
                ('period', models.CharField(blank=True, max_length=10)),
                ('periods_after', models.PositiveSmallIntegerField(default=0)),
                ('visit_days', models.PositiveSmallIntegerField(null=True)),
                ('grace_days', models.PositiveSmallIntegerField(default=0)),
                ('extension', models.CharField(default='none', max_length=10)),
                ('extension_months', models.PositiveSmallIntegerField(null=True)),
                ('extends_from_minor', models.BigIntegerField(default=1)),
                ('refund_grace_days', models.PositiveSmallIntegerField(default=14)),
                ('reminder_days', models.JSONField(default=list)),
                ('actor', models.CharField(max_length=40)),
                ('made_at', models.DateTimeField()),
                ('starts_at', models.DateTimeField()),
                ('withdrawn_at', models.DateTimeField(null=True)),
                ('programme', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='expiry_rules', to='groat.programme')),
            ],
        ),
        migrations.AddField(
            model_name='topup',
            name='rule',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='groat.expiryrule'),
        ),
        migrations.CreateModel(
            name='ExpiryTrial',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('rule', models.JSONField()),
                ('actor', models.CharField(max_length=40)),
                ('asked_at', models.DateTimeField()),
                ('wallets_total', models.PositiveIntegerField()),
                ('wallets_done', models.PositiveIntegerField(default=0)),
                ('after_wallet', models.BigIntegerField(default=0)),
                ('tally', models.JSONField(default=dict)),
                ('done_at', models.DateTimeField(null=True)),
                ('failed_at', models.DateTimeField(null=True)),
                ('programme', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='groat.programme')),
            ],
        ),
        migrations.CreateModel(
            name='VisitsSeen',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('up_to_entry', models.BigIntegerField()),
                ('programme', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='groat.programme')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='ExpiryReminder',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('day', models.DateField()),
                ('distance_days', models.PositiveSmallIntegerField()),
                ('amount_minor', models.BigIntegerField()),
                ('written_at', models.DateTimeField()),
                ('programme', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='groat.programme')),
                ('wallet', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='groat.wallet')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('wallet', 'day', 'distance_days'), name='a_reminder_is_sent_once')],
            },
        ),
        migrations.AddConstraint(
            model_name='expiryrule',
            constraint=models.UniqueConstraint(condition=models.Q(('withdrawn_at__isnull', True)), fields=('programme', 'starts_at'), name='one_expiry_rule_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='expiryrule',
            constraint=models.CheckConstraint(condition=models.Q(('withdrawn_at__isnull', True), ('withdrawn_at__lt', models.F('starts_at')), _connector='OR'), name='an_expiry_rule_is_withdrawn_before_it_begins'),
        ),
        migrations.AddConstraint(
            model_name='expiryrule',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('life', 'never'), ('months', None), ('period', ''), ('visit_days', None)), models.Q(('life', 'months'), ('months__gte', 1), ('months__isnull', False), ('period', ''), ('visit_days', None)), models.Q(('life', 'period'), ('months', None), ('period__in', ['month', 'quarter', 'half_year', 'year']), ('visit_days', None)), models.Q(('grace_days__gte', 1), ('life', 'visit'), ('months', None), ('period', ''), ('visit_days__gte', 1), ('visit_days__isnull', False)), _connector='OR'), name='an_expiry_rule_says_how_long'),
        ),
        migrations.AddConstraint(
            model_name='expiryrule',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('extension__in', ['none', 'as_new']), ('extension_months', None)), models.Q(('extension', 'months'), ('extension_months__gte', 1), ('extension_months__isnull', False)), _connector='OR'), name='an_expiry_rule_says_what_extends'),
        ),
        migrations.AddConstraint(
            model_name='expiryrule',
            constraint=models.CheckConstraint(condition=models.Q(('extends_from_minor__gte', 1)), name='credits_are_extended_by_buying_something'),
        ),
        migrations.AddConstraint(
            model_name='expirytrial',
            constraint=models.UniqueConstraint(condition=models.Q(('done_at__isnull', True), ('failed_at__isnull', True)), fields=('programme',), name='one_trial_of_a_rule_at_a_time'),
        ),
        migrations.RunPython(take_over, migrations.RunPython.noop),
    ]
