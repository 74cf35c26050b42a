"""Give fields the names and words that people read; no column changes."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('cognito', '0001_initial'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='unlinkedaccount',
            options={'verbose_name': 'unlinked account', 'verbose_name_plural': 'unlinked accounts'},
        ),
        migrations.AlterField(
            model_name='unlinkedaccount',
            name='digest',
            field=models.CharField(max_length=64, primary_key=True, serialize=False, verbose_name='digest'),
        ),
        migrations.AlterField(
            model_name='unlinkedaccount',
            name='unlinked_at',
            field=models.DateTimeField(db_index=True, verbose_name='unlinked'),
        ),
    ]
