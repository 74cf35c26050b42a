"""Record the version of the credentials that each socket was opened with."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('realtime', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='connection',
            name='credentials_version',
            field=models.BigIntegerField(db_default=0, default=0),
        ),
    ]
