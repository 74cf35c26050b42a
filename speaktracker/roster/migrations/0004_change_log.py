"""Log every change of people, mappings and sessions by triggers, which keep `credentials_version` too."""

from django.conf import settings
from django.db import migrations, models

from speaktracker.roster import sql_triggers
from speaktracker.roster.change_log import log_triggers


class Migration(migrations.Migration):

    dependencies = [('roster', '0003_credentials_version'), ('sessions', '0001_initial')]

    operations = [
        migrations.RunPython(sql_triggers.drop, sql_triggers.create, elidable=False),
        migrations.AddField(
            model_name='user',
            name='credentials_changed_at',
            field=models.DateTimeField(default=None, editable=False, null=True, verbose_name='credentials changed'),
        ),
        migrations.CreateModel(
            name='RosterChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=10)),
                ('user_id', models.BigIntegerField(null=True)),
                ('session_key', models.CharField(max_length=40, null=True)),
                ('transaction_id', models.BigIntegerField(db_index=True, default=0)),
                ('at', models.DateTimeField()),
            ],
        ),
        # Its table stays until no release that reads it may run beside this one.
        migrations.SeparateDatabaseAndState(state_operations=[migrations.DeleteModel(name='RosterRevision')]),
        migrations.AlterField(
            model_name='tutorstudent',
            name='tutor',
            field=models.ForeignKey(
                limit_choices_to={'is_active': True, 'user_type': 'tutor'},
                on_delete=models.deletion.CASCADE,
                related_name='mappings',
                to=settings.AUTH_USER_MODEL,
                verbose_name='tutor',
            ),
        ),
        migrations.RunPython(sql_triggers.create, sql_triggers.drop, elidable=False),
        migrations.RunPython(log_triggers.create, log_triggers.drop, elidable=False),
    ]
