"""Give fields the names and words that people read; no column changes."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('roster', '0012_never_signed_in'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='rosterchange',
            options={'verbose_name': 'change of the roster', 'verbose_name_plural': 'changes of the roster'},
        ),
        migrations.AlterField(
            model_name='rosterchange',
            name='at',
            field=models.DateTimeField(verbose_name='time'),
        ),
        migrations.AlterField(
            model_name='rosterchange',
            name='kind',
            field=models.CharField(max_length=10, verbose_name='kind'),
        ),
        migrations.AlterField(
            model_name='rosterchange',
            name='session_key',
            field=models.CharField(max_length=40, null=True, verbose_name='session'),
        ),
        migrations.AlterField(
            model_name='rosterchange',
            name='transaction_id',
            field=models.BigIntegerField(db_index=True, default=0, verbose_name='transaction'),
        ),
        migrations.AlterField(
            model_name='rosterchange',
            name='user_id',
            field=models.BigIntegerField(null=True, verbose_name='user'),
        ),
    ]
