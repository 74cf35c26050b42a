"""Index what lists, duties and the mirror look up among a million rows."""

from django.conf import settings
from django.db import migrations, models

from speaktracker.db.index_operations import AddIndexBesideWriters


class Migration(migrations.Migration):

    atomic = False  # or nobody could write to these tables meanwhile

    dependencies = [('feedback', '0002_feedback_of_pair'), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        AddIndexBesideWriters(
            model_name='feedback',
            index=models.Index(condition=models.Q(('acknowledged_at__isnull', True)), fields=['student', 'sequence'], name='unacknowledged_feedback'),
        ),
        AddIndexBesideWriters(
            model_name='feedback',
            index=models.Index(fields=['session_id', 'student_email', 'timestamp'], name='feedback_mirror_key'),
        ),
        AddIndexBesideWriters(
            model_name='feedback',
            index=models.Index(fields=['state', '-expires_at', '-id'], name='feedback_by_state'),
        ),
        # These lead other indexes anyway. Django would make the foreign keys anew, and look every row up.
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    [
                        'DROP INDEX IF EXISTS feedback_feedback_student_id_71f37f89',
                        'DROP INDEX IF EXISTS feedback_feedback_tutor_id_88d2a00e',
                    ],
                    [
                        'CREATE INDEX IF NOT EXISTS feedback_feedback_student_id_71f37f89 ON feedback_feedback (student_id)',
                        'CREATE INDEX IF NOT EXISTS feedback_feedback_tutor_id_88d2a00e ON feedback_feedback (tutor_id)',
                    ],
                ),
            ],
            state_operations=[
                migrations.AlterField(
                    model_name='feedback',
                    name='student',
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=models.CASCADE,
                        related_name='feedback_received',
                        to=settings.AUTH_USER_MODEL,
                        verbose_name='student',
                    ),
                ),
                migrations.AlterField(
                    model_name='feedback',
                    name='tutor',
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=models.CASCADE,
                        related_name='feedback_given',
                        to=settings.AUTH_USER_MODEL,
                        verbose_name='tutor',
                    ),
                ),
            ],
        ),
    ]
