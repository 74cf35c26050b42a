"""Give people a language, and keep who was switched off at the end of a year, to be taken back."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from speaktracker.roster import sql_triggers
from speaktracker.roster.change_log import log_triggers

USER = settings.AUTH_USER_MODEL


def person(words):
    """Name somebody who may be gone."""
    return models.ForeignKey(
        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=USER, verbose_name=words
    )


class Migration(migrations.Migration):

    dependencies = [('roster', '0007_groups')]

    operations = [
        migrations.RunPython(sql_triggers.drop, sql_triggers.create, elidable=False),
        migrations.RunPython(log_triggers.drop, log_triggers.create, elidable=False),
        migrations.AddField(
            model_name='user',
            name='language',
            field=models.CharField(
                blank=True,
                choices=settings.LANGUAGES,
                db_default='',
                default='',
                help_text='Of letters, codes and pages. Left empty, as the browser says.',
                max_length=2,
                verbose_name='language',
            ),
        ),
        migrations.RunPython(log_triggers.create, log_triggers.drop, elidable=False),
        migrations.RunPython(sql_triggers.create, sql_triggers.drop, elidable=False),
        migrations.CreateModel(
            name='YearEnd',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('made_at', models.DateTimeField(db_index=True, verbose_name='ended')),
                ('group', models.CharField(blank=True, db_column='group_name', default='', max_length=64, verbose_name='group')),
                ('students', models.IntegerField(verbose_name='students')),
                ('deletes', models.BooleanField(verbose_name='deletes the accounts')),
                ('due_at', models.DateTimeField(verbose_name='can be undone until')),
                ('undone_at', models.DateTimeField(default=None, null=True, verbose_name='undone')),
                ('finished_at', models.DateTimeField(default=None, null=True, verbose_name='finished')),
                ('erased', models.IntegerField(default=0, verbose_name='deleted accounts')),
                ('made_by', person('ended by')),
                ('tutor', person('students of')),
            ],
            options={
                'verbose_name': 'end of the year',
                'verbose_name_plural': 'ends of the year',
                'ordering': ('-made_at', '-id'),
                'indexes': [
                    models.Index(
                        condition=models.Q(('finished_at', None), ('undone_at', None)),
                        fields=['due_at'],
                        name='year_ends_due',
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name='ArchivedStudent',
            fields=[
                (
                    'student',
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name='archived',
                        serialize=False,
                        to=USER,
                        verbose_name='student',
                    ),
                ),
                ('was_active', models.BooleanField()),
                ('group', models.CharField(blank=True, db_column='group_name', default='', max_length=64, verbose_name='group')),
                ('tutor', person('tutor')),
                (
                    'year_end',
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name='archived', to='roster.yearend'
                    ),
                ),
            ],
            options={'verbose_name': 'archived student', 'verbose_name_plural': 'archived students'},
        ),
    ]
