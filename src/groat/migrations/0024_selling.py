"""Where, when and at which dated prices products are sold; closed sites; whose tills are whose."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("groat", "0023_expiry_moved"),
    ]

    operations = [
        migrations.AddField(
            model_name='category',
            name='swatch',
            field=models.CharField(blank=True, db_default='', default='', max_length=20, verbose_name='colour'),
        ),
        migrations.AddField(
            model_name='category',
            name='withdrawn_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='product',
            name='price_history',
            field=models.JSONField(blank=True, db_default=models.Value([], output_field=models.JSONField()), default=list),
        ),
        migrations.AddField(
            model_name='product',
            name='selling',
            field=models.JSONField(blank=True, db_default=models.Value({}, output_field=models.JSONField()), default=dict),
        ),
        migrations.AddField(
            model_name='programme',
            name='cashiers_may_sell_out',
            field=models.BooleanField(db_default=True, default=True, verbose_name='cashiers may say that a product is sold out'),
        ),
        migrations.AddField(
            model_name='site',
            name='address',
            field=models.CharField(blank=True, db_default='', default='', max_length=200, verbose_name='address'),
        ),
        migrations.AddField(
            model_name='site',
            name='category_ids',
            field=models.JSONField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='site',
            name='closed_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='site',
            name='hours',
            field=models.JSONField(blank=True, db_default=models.Value([], output_field=models.JSONField()), default=list),
        ),
        migrations.AddField(
            model_name='staff',
            name='site_ids',
            field=models.JSONField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='till',
            name='category_ids',
            field=models.JSONField(blank=True, null=True),
        ),
    ]
