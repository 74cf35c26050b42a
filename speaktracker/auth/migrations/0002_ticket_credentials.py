"""Have a ticket name what it was asked with."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('identity', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='ticket',
            name='credentials_expire_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='ticket',
            name='credentials_version',
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='ticket',
            name='family',
            field=models.CharField(max_length=32, null=True),
        ),
        migrations.AddField(
            model_name='ticket',
            name='session_key',
            field=models.CharField(max_length=40, null=True),
        ),
    ]
