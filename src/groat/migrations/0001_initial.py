import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Account',
            fields=[
                ('pk', models.CompositePrimaryKey('programme', 'id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('programme', models.BigIntegerField()),
                ('id', models.BigIntegerField()),
                ('opened_at', models.DateTimeField()),
            ],
            options={
                'db_table': 'ledger_account',
                'managed': False,
            },
        ),
        migrations.CreateModel(
            name='Balance',
            fields=[
                ('pk', models.CompositePrimaryKey('programme', 'account', blank=True, editable=False, primary_key=True, serialize=False)),
                ('programme', models.BigIntegerField()),
                ('account', models.BigIntegerField()),
                ('posted_minor', models.BigIntegerField()),
                ('held_minor', models.BigIntegerField()),
                ('floor_minor', models.BigIntegerField(null=True)),
                ('overdrawn_minor', models.BigIntegerField()),
                ('sequence', models.BigIntegerField()),
                ('next_due', models.DateTimeField(null=True)),
            ],
            options={
                'db_table': 'ledger_balance',
                'managed': False,
            },
        ),
        migrations.CreateModel(
            name='Block',
            fields=[
                ('pk', models.CompositePrimaryKey('programme', 'number', blank=True, editable=False, primary_key=True, serialize=False)),
                ('programme', models.BigIntegerField()),
                ('number', models.BigIntegerField()),
                ('horizon', models.BigIntegerField()),
                ('entries', models.BigIntegerField()),
                ('previous', models.BinaryField(max_length=32)),
                ('hash', models.BinaryField(max_length=32)),
                ('sealed_at', models.DateTimeField()),
            ],
            options={
                'db_table': 'ledger_block',
                'managed': False,
            },
        ),
        migrations.CreateModel(
            name='Entry',
            fields=[
                ('pk', models.CompositePrimaryKey('programme', 'id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('programme', models.BigIntegerField()),
                ('id', models.BigIntegerField()),
                ('kind', models.CharField(choices=[('spend', 'SPEND'), ('top_up', 'TOP_UP'), ('capture', 'CAPTURE'), ('reversal', 'REVERSAL'), ('expiry', 'EXPIRY'), ('extension', 'EXTENSION'), ('transfer', 'TRANSFER'), ('adjustment', 'ADJUSTMENT'), ('write_off', 'WRITE_OFF')], max_length=12)),
                ('at', models.DateTimeField()),
                ('reverses', models.BigIntegerField(null=True)),
                ('hold', models.BigIntegerField(null=True)),
                ('actor', models.CharField(max_length=40)),
                ('reason', models.CharField(max_length=200)),
            ],
            options={
                'db_table': 'ledger_entry',
                'managed': False,
            },
        ),
        migrations.CreateModel(
            name='Hold',
            fields=[
                ('pk', models.CompositePrimaryKey('programme', 'id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('programme', models.BigIntegerField()),
                ('id', models.BigIntegerField()),
                ('account', models.BigIntegerField()),
                ('amount_minor', models.BigIntegerField()),
                ('captured_minor', models.BigIntegerField()),
                ('released_minor', models.BigIntegerField()),
                ('expires_at', models.DateTimeField()),
                ('closed_at', models.DateTimeField(null=True)),
            ],
            options={
                'db_table': 'ledger_hold',
                'managed': False,
            },
        ),
        migrations.CreateModel(
            name='HoldLot',
            fields=[
                ('pk', models.CompositePrimaryKey('programme', 'hold', 'lot', blank=True, editable=False, primary_key=True, serialize=False)),
                ('programme', models.BigIntegerField()),
                ('hold', models.BigIntegerField()),
                ('lot', models.BigIntegerField()),
                ('account', models.BigIntegerField()),
                ('amount_minor', models.BigIntegerField()),
            ],
            options={
                'db_table': 'ledger_hold_lot',
                'managed': False,
            },
        ),
        migrations.CreateModel(
            name='Lot',
            fields=[
                ('pk', models.CompositePrimaryKey('programme', 'account', 'id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('programme', models.BigIntegerField()),
                ('account', models.BigIntegerField()),
                ('id', models.BigIntegerField()),
                ('entry', models.BigIntegerField()),
                ('origin', models.CharField(choices=[('purchased', 'PURCHASED'), ('bonus', 'BONUS'), ('gift', 'GIFT'), ('refund', 'REFUND')], max_length=10)),
                ('granted_minor', models.BigIntegerField()),
                ('remaining_minor', models.BigIntegerField()),
                ('held_minor', models.BigIntegerField()),
                ('settled_minor', models.BigIntegerField()),
                ('expired_minor', models.BigIntegerField()),
                ('granted_until', models.DateTimeField(null=True)),
                ('expires_at', models.DateTimeField(null=True)),
                ('live', models.BooleanField()),
            ],
            options={
                'db_table': 'ledger_lot',
                'managed': False,
            },
        ),
        migrations.CreateModel(
            name='LotDate',
            fields=[
                ('pk', models.CompositePrimaryKey('programme', 'entry', 'lot', blank=True, editable=False, primary_key=True, serialize=False)),
                ('programme', models.BigIntegerField()),
                ('entry', models.BigIntegerField()),
                ('lot', models.BigIntegerField()),
                ('account', models.BigIntegerField()),
                ('expired_at', models.DateTimeField(null=True)),
                ('expires_at', models.DateTimeField(null=True)),
            ],
            options={
                'db_table': 'ledger_lot_date',
                'managed': False,
            },
        ),
        migrations.CreateModel(
            name='LotUse',
            fields=[
                ('pk', models.CompositePrimaryKey('programme', 'entry', 'lot', blank=True, editable=False, primary_key=True, serialize=False)),
                ('programme', models.BigIntegerField()),
                ('entry', models.BigIntegerField()),
                ('lot', models.BigIntegerField()),
                ('account', models.BigIntegerField()),
                ('amount_minor', models.BigIntegerField()),
            ],
            options={
                'db_table': 'ledger_lot_use',
                'managed': False,
            },
        ),
        migrations.CreateModel(
            name='Posting',
            fields=[
                ('pk', models.CompositePrimaryKey('programme', 'entry', 'account', blank=True, editable=False, primary_key=True, serialize=False)),
                ('programme', models.BigIntegerField()),
                ('entry', models.BigIntegerField()),
                ('account', models.BigIntegerField()),
                ('amount_minor', models.BigIntegerField()),
                ('sequence', models.BigIntegerField()),
                ('balance_minor', models.BigIntegerField()),
            ],
            options={
                'db_table': 'ledger_posting',
                'managed': False,
            },
        ),
        migrations.CreateModel(
            name='Request',
            fields=[
                ('pk', models.CompositePrimaryKey('programme', 'client', 'key', blank=True, editable=False, primary_key=True, serialize=False)),
                ('programme', models.BigIntegerField()),
                ('client', models.CharField(max_length=40)),
                ('key', models.CharField(max_length=255)),
                ('fingerprint', models.BinaryField(max_length=32)),
                ('outcome', models.TextField()),
                ('at', models.DateTimeField()),
            ],
            options={
                'db_table': 'ledger_request',
                'managed': False,
            },
        ),
        migrations.CreateModel(
            name='Checkout',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('state', models.CharField(choices=[('open', 'Open'), ('waiting', 'Waiting for a card'), ('confirming', 'Waiting for confirmation'), ('paid', 'Paid'), ('declined', 'Declined'), ('abandoned', 'Abandoned')], max_length=10)),
                ('lines', models.JSONField(default=list)),
                ('amount_minor', models.BigIntegerField()),
                ('payment_id', models.BigIntegerField(null=True)),
                ('refusal', models.JSONField(null=True)),
                ('actor', models.CharField(max_length=40)),
                ('created_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Customer',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('name', models.CharField(blank=True, max_length=120, verbose_name='name')),
                ('identifier', models.CharField(blank=True, max_length=60, verbose_name='identifier')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='e-mail')),
                ('phone', models.CharField(blank=True, max_length=16, verbose_name='phone')),
                ('language', models.CharField(blank=True, max_length=5, verbose_name='language')),
                ('note', models.TextField(blank=True, max_length=1000, verbose_name='note')),
                ('search', models.TextField(editable=False)),
                ('created_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Worker',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('started_at', models.DateTimeField(auto_now_add=True)),
            ],
        ),
        migrations.CreateModel(
            name='User',
            fields=[
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('email', models.EmailField(max_length=254, verbose_name='e-mail')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('language', models.CharField(blank=True, max_length=5, verbose_name='language')),
                ('is_active', models.BooleanField(default=True)),
                ('joined_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(django.db.models.functions.text.Lower('email'), name='one_user_an_email')],
            },
        ),
        migrations.CreateModel(
            name='Card',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('medium', models.CharField(choices=[('uid', 'Contactless card by its number')], default='uid', max_length=10)),
                ('token_hash', models.BinaryField(max_length=32)),
                ('last_four', models.CharField(max_length=4)),
                ('state', models.CharField(choices=[('active', 'Active'), ('blocked', 'Blocked'), ('lost', 'Lost'), ('replaced', 'Replaced')], default='active', max_length=10)),
                ('paired_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('replaced_by', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaces', to='groat.card')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cards', to='groat.customer')),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='Programme',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('slug', models.SlugField(unique=True, verbose_name='address')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('credit_name', models.CharField(max_length=20, verbose_name='name of the credit')),
                ('credit_decimals', models.PositiveSmallIntegerField(default=2, verbose_name='decimals')),
                ('currency', models.CharField(default='EUR', max_length=3, verbose_name='currency')),
                ('price_minor', models.BigIntegerField(verbose_name='price of one credit')),
                ('time_zone', models.CharField(default='Europe/Prague', max_length=50, verbose_name='time zone')),
                ('language', models.CharField(default='en', max_length=5, verbose_name='language')),
                ('identifier_label', models.CharField(blank=True, max_length=60, verbose_name='what identifies a customer')),
                ('credit_valid_months', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='credits are valid for (months)')),
                ('extends_on_top_up', models.BooleanField(default=False, verbose_name='buying credits extends those bought before')),
                ('undo_seconds', models.PositiveIntegerField(default=300, verbose_name='a cashier may undo a payment for (seconds)')),
                ('grace_days', models.PositiveSmallIntegerField(default=14, verbose_name='credits given back after their expiry are good for (days)')),
                ('confirm_from_minor', models.BigIntegerField(blank=True, null=True, verbose_name='ask for confirmation from')),
                ('created_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('credit_decimals__lte', 4)), name='a_credit_has_at_most_4_decimals'), models.CheckConstraint(condition=models.Q(('price_minor__gt', 0)), name='a_credit_costs_something'), models.CheckConstraint(condition=models.Q(('confirm_from_minor__isnull', True), ('confirm_from_minor__gt', 0), _connector='OR'), name='confirmation_starts_above_nothing')],
            },
        ),
        migrations.CreateModel(
            name='Payment',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('state', models.CharField(choices=[('confirming', 'Waiting for confirmation'), ('paid', 'Paid'), ('cancelled', 'Cancelled')], max_length=10)),
                ('amount_minor', models.BigIntegerField()),
                ('balance_minor', models.BigIntegerField()),
                ('refunded_minor', models.BigIntegerField(default=0)),
                ('entry_id', models.BigIntegerField(null=True)),
                ('lines', models.JSONField(default=list)),
                ('actor', models.CharField(max_length=40)),
                ('address', models.GenericIPAddressField(null=True)),
                ('at', models.DateTimeField()),
                ('card', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='groat.card')),
                ('checkout', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='groat.checkout')),
                ('customer', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='groat.customer')),
                ('programme', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='groat.programme')),
            ],
        ),
        migrations.AddField(
            model_name='customer',
            name='programme',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='customers', to='groat.programme'),
        ),
        migrations.AddField(
            model_name='checkout',
            name='programme',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='groat.programme'),
        ),
        migrations.CreateModel(
            name='Category',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=60, verbose_name='name')),
                ('position', models.PositiveIntegerField(default=0, verbose_name='order')),
                ('programme', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='categories', to='groat.programme')),
            ],
            options={
                'ordering': ['position', 'name', 'id'],
            },
        ),
        migrations.AddField(
            model_name='card',
            name='programme',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cards', to='groat.programme'),
        ),
        migrations.CreateModel(
            name='AuditEntry',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('actor', models.CharField(max_length=40)),
                ('actor_name', models.CharField(max_length=120)),
                ('action', models.CharField(max_length=60)),
                ('subject', models.CharField(max_length=60)),
                ('subject_name', models.CharField(max_length=120)),
                ('address', models.GenericIPAddressField(null=True)),
                ('details', models.JSONField(default=dict)),
                ('programme', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='groat.programme')),
            ],
        ),
        migrations.CreateModel(
            name='ApiKey',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('secret_hash', models.BinaryField(max_length=32, unique=True)),
                ('last_four', models.CharField(max_length=4)),
                ('scopes', models.JSONField(default=list)),
                ('requests_per_minute', models.PositiveIntegerField(blank=True, null=True, verbose_name='requests a minute')),
                ('created_at', models.DateTimeField()),
                ('revoked_at', models.DateTimeField(blank=True, null=True)),
                ('programme', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='api_keys', to='groat.programme')),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='Refund',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('amount_minor', models.BigIntegerField()),
                ('reason', models.CharField(blank=True, max_length=200, verbose_name='reason')),
                ('actor', models.CharField(max_length=40)),
                ('address', models.GenericIPAddressField(null=True)),
                ('at', models.DateTimeField()),
                ('payment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='refunds', to='groat.payment')),
                ('programme', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='groat.programme')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='Site',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('sector', models.CharField(choices=[('cafe', 'Café'), ('canteen', 'Canteen'), ('gym', 'Gym'), ('spa', 'Spa'), ('restaurant', 'Restaurant'), ('shop', 'Shop'), ('other', 'Other')], default='cafe', max_length=20, verbose_name='sector')),
                ('programme', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sites', to='groat.programme')),
            ],
            options={
                'ordering': ['name', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Staff',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('role', models.CharField(choices=[('owner', 'Owner'), ('manager', 'Manager'), ('cashier', 'Cashier'), ('accountant', 'Accountant')], max_length=20, verbose_name='role')),
                ('left_at', models.DateTimeField(blank=True, null=True)),
                ('programme', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='staff', to='groat.programme')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='places', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['user__name', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Till',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
                ('programme', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tills', to='groat.programme')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tills', to='groat.site')),
            ],
            options={
                'ordering': ['name', 'id'],
            },
        ),
        migrations.AddField(
            model_name='payment',
            name='till',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='groat.till'),
        ),
        migrations.AddField(
            model_name='checkout',
            name='till',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='checkouts', to='groat.till'),
        ),
        migrations.CreateModel(
            name='Wallet',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField()),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='wallets', to='groat.customer')),
                ('programme', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='wallets', to='groat.programme')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='TopUp',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('bought_minor', models.BigIntegerField()),
                ('bonus_minor', models.BigIntegerField()),
                ('paid_minor', models.BigIntegerField()),
                ('means', models.CharField(choices=[('cash', 'Cash'), ('card', 'Payment card'), ('bank', 'Bank transfer')], max_length=10)),
                ('expires_at', models.DateTimeField(null=True)),
                ('actor', models.CharField(max_length=40)),
                ('at', models.DateTimeField()),
                ('reversed_minor', models.BigIntegerField(default=0)),
                ('programme', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='top_ups', to='groat.programme')),
                ('till', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='groat.till')),
                ('wallet', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='top_ups', to='groat.wallet')),
            ],
        ),
        migrations.AddField(
            model_name='payment',
            name='wallet',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='groat.wallet'),
        ),
        migrations.CreateModel(
            name='Pairing',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('state', models.CharField(choices=[('waiting', 'Waiting for a card'), ('paired', 'Paired'), ('refused', 'Refused'), ('cancelled', 'Cancelled')], default='waiting', max_length=10)),
                ('refusal', models.CharField(blank=True, max_length=60)),
                ('created_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('card', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='groat.card')),
                ('replaces', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='groat.card')),
                ('programme', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='groat.programme')),
                ('till', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='pairings', to='groat.till')),
                ('wallet', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='pairings', to='groat.wallet')),
            ],
        ),
        migrations.AddField(
            model_name='card',
            name='wallet',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cards', to='groat.wallet'),
        ),
        migrations.CreateModel(
            name='Product',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=80, verbose_name='name')),
                ('price_minor', models.BigIntegerField(validators=[django.core.validators.MinValueValidator(0)], verbose_name='price')),
                ('swatch', models.CharField(max_length=20, verbose_name='colour')),
                ('picture', models.ImageField(blank=True, upload_to='products/', verbose_name='picture')),
                ('position', models.PositiveIntegerField(default=0, verbose_name='order')),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True)),
                ('category', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='products', to='groat.category', verbose_name='category')),
                ('programme', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='products', to='groat.programme')),
            ],
            options={
                'ordering': ['position', 'name', 'id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('price_minor__gte', 0)), name='a_price_is_not_negative')],
            },
        ),
        migrations.AddIndex(
            model_name='customer',
            index=models.Index(fields=['programme', 'search', 'id'], name='customers_by_name'),
        ),
        migrations.AddConstraint(
            model_name='customer',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('identifier', ''), ('name', '')), models.Q(models.Q(('name', ''), _negated=True), models.Q(models.Q(('email', ''), _negated=True), models.Q(('phone', ''), _negated=True), _connector='OR')), _connector='OR'), name='a_named_customer_can_be_reached'),
        ),
        migrations.AddConstraint(
            model_name='category',
            constraint=models.UniqueConstraint(models.F('programme'), django.db.models.functions.text.Lower('name'), name='one_category_a_name'),
        ),
        migrations.AddIndex(
            model_name='auditentry',
            index=models.Index(fields=['programme', '-id'], name='audit_newest_first'),
        ),
        migrations.AddConstraint(
            model_name='refund',
            constraint=models.CheckConstraint(condition=models.Q(('amount_minor__gt', 0)), name='a_refund_gives_something'),
        ),
        migrations.AddConstraint(
            model_name='site',
            constraint=models.UniqueConstraint(models.F('programme'), django.db.models.functions.text.Lower('name'), name='one_site_a_name'),
        ),
        migrations.AddConstraint(
            model_name='staff',
            constraint=models.UniqueConstraint(fields=('programme', 'user'), name='one_place_a_person'),
        ),
        migrations.AddConstraint(
            model_name='till',
            constraint=models.UniqueConstraint(models.F('site'), django.db.models.functions.text.Lower('name'), name='one_till_a_name'),
        ),
        migrations.AddConstraint(
            model_name='checkout',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['waiting', 'confirming'])), fields=('till',), name='one_checkout_waits_at_a_till'),
        ),
        migrations.AddConstraint(
            model_name='checkout',
            constraint=models.CheckConstraint(condition=models.Q(('amount_minor__gt', 0)), name='a_checkout_asks_for_something'),
        ),
        migrations.AddIndex(
            model_name='topup',
            index=models.Index(fields=['programme', '-id'], name='top_ups_newest_first'),
        ),
        migrations.AddConstraint(
            model_name='topup',
            constraint=models.CheckConstraint(condition=models.Q(('bonus_minor__gte', 0), ('bought_minor__gt', 0), ('paid_minor__gte', 0)), name='a_top_up_adds'),
        ),
        migrations.AddConstraint(
            model_name='topup',
            constraint=models.CheckConstraint(condition=models.Q(('reversed_minor__gte', 0), ('reversed_minor__lte', models.F('bought_minor'))), name='a_top_up_is_taken_back_once'),
        ),
        migrations.AddIndex(
            model_name='payment',
            index=models.Index(fields=['programme', '-id'], name='payments_newest_first'),
        ),
        migrations.AddIndex(
            model_name='payment',
            index=models.Index(condition=models.Q(('state', 'confirming')), fields=['at'], name='payments_that_wait'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(('amount_minor__gt', 0)), name='a_payment_takes_something'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(('refunded_minor__gte', 0), ('refunded_minor__lte', models.F('amount_minor'))), name='a_payment_is_given_back_once'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'paid'), _negated=True), ('entry_id__isnull', False), _connector='OR'), name='a_payment_has_its_entry'),
        ),
        migrations.AddConstraint(
            model_name='pairing',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'waiting')), fields=('till',), name='one_pairing_waits_at_a_till'),
        ),
        migrations.AddConstraint(
            model_name='card',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'replaced'), _negated=True), fields=('programme', 'token_hash'), name='one_card_a_token'),
        ),
    ]
