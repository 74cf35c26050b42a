"""Give mappings a group, whose changes are logged as those of the tutor are."""

from django.db import migrations, models

from speaktracker.roster import sql_triggers
from speaktracker.roster.change_log import log_triggers


class Migration(migrations.Migration):

    dependencies = [
        ('roster', '0006_staff_groups'),
    ]

    operations = [
        migrations.RunPython(sql_triggers.drop, sql_triggers.create, elidable=False),
        migrations.RunPython(log_triggers.drop, log_triggers.create, elidable=False),
        migrations.AddField(
            model_name='tutorstudent',
            name='group',
            field=models.CharField(blank=True, db_column='group_name', db_default='', default='', max_length=64, verbose_name='group'),
        ),
        migrations.RunPython(log_triggers.create, log_triggers.drop, elidable=False),
        migrations.RunPython(sql_triggers.create, sql_triggers.drop, elidable=False),
    ]
