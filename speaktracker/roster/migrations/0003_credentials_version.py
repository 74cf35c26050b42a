"""Number the credentials of a person, so that what was made from older ones can end."""

from django.db import migrations, models

from speaktracker.roster import sql_triggers


class Migration(migrations.Migration):

    dependencies = [('roster', '0002_mapping_triggers')]

    operations = [
        migrations.RunPython(sql_triggers.drop, sql_triggers.create, elidable=False),
        migrations.AddField(
            model_name='user',
            name='credentials_version',
            field=models.BigIntegerField(db_default=0, default=0, editable=False, verbose_name='version of the credentials'),
        ),
        migrations.RunPython(sql_triggers.create, sql_triggers.drop, elidable=False),
    ]
