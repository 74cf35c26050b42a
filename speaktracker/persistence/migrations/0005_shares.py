"""Divide the outbox among relays; releases before write rows without a share, and one is given later."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [('persistence', '0004_words')]

    operations = [
        migrations.AddField(
            model_name='change',
            name='share',
            field=models.SmallIntegerField(db_default=0, editable=False, verbose_name='share'),
        ),
        migrations.AddField(
            model_name='relaylease',
            name='shares',
            field=models.TextField(blank=True, db_default='', default='', verbose_name='shares'),
        ),
    ]
