"""Index the little feedback that substitutes gave by whose students it was given to."""

from django.db import migrations, models

from speaktracker.db.index_operations import AddIndexBesideWriters


class Migration(migrations.Migration):

    atomic = False  # or nobody could write to this table meanwhile

    dependencies = [('feedback', '0009_for_tutor')]

    operations = [
        AddIndexBesideWriters(
            model_name='feedback',
            index=models.Index(
                fields=['for_tutor', '-timestamp'],
                condition=models.Q(('for_tutor__isnull', False)),
                name='feedback_of_substitutes',
            ),
        ),
    ]
