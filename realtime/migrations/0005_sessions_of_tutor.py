"""Index practice sessions by their tutor, who is given a pseudonym when erased."""

from django.db import migrations, models

from speaktracker.db.index_operations import AddIndexBesideWriters


class Migration(migrations.Migration):

    atomic = False  # or nobody could write to these tables meanwhile

    dependencies = [('realtime', '0004_indexes_for_size')]

    operations = [
        AddIndexBesideWriters(
            model_name='practicesession',
            index=models.Index(fields=['tutor_email'], name='practice_sessions_of_tutor'),
        ),
    ]
