"""Index what lists, duties and the mirror look up among a million rows."""

from django.conf import settings
from django.db import migrations, models

from speaktracker.db.index_operations import AddIndexBesideWriters


class Migration(migrations.Migration):

    atomic = False  # or nobody could write to these tables meanwhile

    dependencies = [('realtime', '0003_cooldown'), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        AddIndexBesideWriters(
            model_name='practicesession',
            index=models.Index(fields=['student_email', 'session_id'], name='practice_session_mirror_key'),
        ),
        AddIndexBesideWriters(
            model_name='practicesession',
            index=models.Index(fields=['-last_update', '-id'], name='latest_practice_sessions'),
        ),
        AddIndexBesideWriters(
            model_name='presence',
            index=models.Index(condition=models.Q(('online', True)), fields=['student'], name='online_students'),
        ),
        AddIndexBesideWriters(
            model_name='presence',
            index=models.Index(condition=models.Q(('in_class', True)), fields=['student'], name='students_in_class'),
        ),
        # These lead other indexes anyway. Django would make the foreign keys anew, and look every row up.
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    [
                        'DROP INDEX IF EXISTS realtime_practicesession_student_id_d1b73b67',
                    ],
                    [
                        'CREATE INDEX IF NOT EXISTS realtime_practicesession_student_id_d1b73b67 ON realtime_practicesession (student_id)',
                    ],
                ),
            ],
            state_operations=[
                migrations.AlterField(
                    model_name='practicesession',
                    name='student',
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=models.CASCADE,
                        related_name='practice_sessions',
                        to=settings.AUTH_USER_MODEL,
                        verbose_name='student',
                    ),
                ),
            ],
        ),
    ]
