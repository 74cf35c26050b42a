"""Index what lists of people and their history look up; no trigger is lost, since no table is made anew."""

from django.db import migrations, models

from speaktracker.db.index_operations import AddIndexBesideWriters


class Migration(migrations.Migration):

    atomic = False  # or nobody could write to these tables meanwhile

    dependencies = [('roster', '0004_change_log'), ('admin', '0003_logentry_add_action_flag_choices')]

    operations = [
        AddIndexBesideWriters(
            model_name='tutorstudent',
            index=models.Index(fields=['-changed_at', '-id'], name='newest_mappings'),
        ),
        AddIndexBesideWriters(
            model_name='user',
            index=models.Index(fields=['user_type', 'email'], name='people_of_type'),
        ),
        AddIndexBesideWriters(
            model_name='user',
            index=models.Index(condition=models.Q(('is_staff', True)), fields=['email'], name='staff'),
        ),
        AddIndexBesideWriters(
            model_name='user',
            index=models.Index(condition=models.Q(('is_superuser', True)), fields=['email'], name='superusers'),
        ),
        AddIndexBesideWriters(
            model_name='user',
            index=models.Index(condition=models.Q(('is_active', False)), fields=['email'], name='inactive_people'),
        ),
        AddIndexBesideWriters(
            model_name='user',
            index=models.Index(fields=['name'], name='people_by_name', opclasses=('varchar_pattern_ops',)),
        ),
        # Django's own table, which keeps whatever staff ever did: its start page and histories.
        migrations.RunSQL(
            [
                'CREATE INDEX IF NOT EXISTS admin_log_of_user ON django_admin_log (user_id, action_time DESC)',
                'CREATE INDEX IF NOT EXISTS admin_log_of_object ON django_admin_log (content_type_id, object_id)',
            ],
            ['DROP INDEX IF EXISTS admin_log_of_user', 'DROP INDEX IF EXISTS admin_log_of_object'],
        ),
    ]
