"""Statements of a month, their settlements and terms; wallets that may owe nothing more meanwhile."""

import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('groat', '0027_look'),
    ]

    operations = [
        migrations.AddField(
            model_name='topup',
            name='is_settlement',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name='wallet',
            name='agreed_floor_minor',
            field=models.BigIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='wallet',
            name='overdue_since',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name='topup',
            name='means',
            field=models.CharField(choices=[('cash', 'Cash'), ('card', 'Payment card'), ('bank', 'Bank transfer'), ('wages', 'Deducted from wages')], max_length=10),
        ),
        migrations.CreateModel(
            name='StatementRun',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('number', models.PositiveIntegerField()),
                ('month', models.DateField()),
                ('statements_count', models.PositiveIntegerField()),
                ('spent_minor', models.BigIntegerField()),
                ('owed_minor', models.BigIntegerField()),
                ('actor', models.CharField(max_length=40)),
                ('at', models.DateTimeField()),
                ('group', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='groat.group')),
                ('programme', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='groat.programme')),
            ],
        ),
        migrations.CreateModel(
            name='Statement',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('month', models.DateField()),
                ('since_sequence', models.BigIntegerField()),
                ('until_sequence', models.BigIntegerField()),
                ('opening_minor', models.BigIntegerField()),
                ('spent_minor', models.BigIntegerField()),
                ('topped_up_minor', models.BigIntegerField()),
                ('corrected_minor', models.BigIntegerField()),
                ('closing_minor', models.BigIntegerField()),
                ('due_on', models.DateField()),
                ('blocks_on', models.DateField(null=True)),
                ('is_open', models.BooleanField()),
                ('reminded_on', models.DateField(null=True)),
                ('group', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='groat.group')),
                ('programme', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='groat.programme')),
                ('wallet', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='statements', to='groat.wallet')),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='statements', to='groat.statementrun')),
            ],
        ),
        migrations.CreateModel(
            name='Settlement',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('way', models.CharField(choices=[('wages', 'Deducted from wages'), ('company', 'Paid by the company in one sum'), ('bank', 'Bank transfer'), ('cash', 'Cash'), ('card', 'Payment card')], max_length=8)),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='note')),
                ('amount_minor', models.BigIntegerField()),
                ('paid_minor', models.BigIntegerField()),
                ('people', models.PositiveIntegerField()),
                ('actor', models.CharField(max_length=40)),
                ('at', models.DateTimeField()),
                ('undone_at', models.DateTimeField(null=True)),
                ('programme', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='groat.programme')),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='settlements', to='groat.statementrun')),
            ],
        ),
        migrations.CreateModel(
            name='AccountTerms',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('due_days', models.PositiveSmallIntegerField()),
                ('block_days', models.PositiveSmallIntegerField(null=True)),
                ('reminder_days', models.JSONField(default=list)),
                ('sends_statements', models.BooleanField(default=False)),
                ('group', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='groat.group')),
                ('programme', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='groat.programme')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('group__isnull', True)), fields=('programme',), name='one_set_of_terms_for_all')],
            },
        ),
        migrations.CreateModel(
            name='SettledStatement',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('amount_minor', models.BigIntegerField()),
                ('programme', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='groat.programme')),
                ('top_up', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='groat.topup')),
                ('settlement', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='parts', to='groat.settlement')),
                ('statement', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='settled', to='groat.statement')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('settlement', 'statement'), name='a_statement_is_settled_once_at_once'), models.CheckConstraint(condition=models.Q(('amount_minor__gt', 0)), name='a_settled_part_pays_something')],
            },
        ),
        migrations.AddConstraint(
            model_name='statementrun',
            constraint=models.UniqueConstraint(fields=('programme', 'number'), name='one_run_a_number'),
        ),
        migrations.AddConstraint(
            model_name='statementrun',
            constraint=models.UniqueConstraint(condition=models.Q(('group__isnull', False)), fields=('programme', 'month', 'group'), name='one_run_a_month_for_a_group'),
        ),
        migrations.AddConstraint(
            model_name='statementrun',
            constraint=models.CheckConstraint(condition=models.Q(('owed_minor__gte', 0), ('statements_count__gt', 0)), name='a_run_says_something'),
        ),
        migrations.AddIndex(
            model_name='statement',
            index=models.Index(condition=models.Q(('is_open', True)), fields=['programme', 'due_on'], name='statements_unpaid'),
        ),
        migrations.AddConstraint(
            model_name='statement',
            constraint=models.UniqueConstraint(fields=('wallet', 'month'), name='one_statement_a_month'),
        ),
        migrations.AddConstraint(
            model_name='statement',
            constraint=models.CheckConstraint(condition=models.Q(('closing_minor', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('opening_minor'), '-', models.F('spent_minor')), '+', models.F('topped_up_minor')), '+', models.F('corrected_minor')))), name='a_statement_adds_up'),
        ),
        migrations.AddConstraint(
            model_name='statement',
            constraint=models.CheckConstraint(condition=models.Q(('since_sequence__gte', 0), ('until_sequence__gte', models.F('since_sequence'))), name='a_statement_goes_forward'),
        ),
        migrations.AddConstraint(
            model_name='statement',
            constraint=models.CheckConstraint(condition=models.Q(('is_open', False), ('closing_minor__lt', 0), _connector='OR'), name='only_debts_are_open'),
        ),
        migrations.AddIndex(
            model_name='settlement',
            index=models.Index(fields=['programme', '-id'], name='settlements_newest_first'),
        ),
        migrations.AddConstraint(
            model_name='settlement',
            constraint=models.CheckConstraint(condition=models.Q(('amount_minor__gt', 0), ('paid_minor__gte', 0), ('people__gt', 0)), name='a_settlement_pays_something'),
        ),
    ]
