"""Index which key a text is encrypted with, for rotation and for the check at the start."""

from django.db import migrations, models

from speaktracker.db.index_operations import AddIndexBesideWriters


class Migration(migrations.Migration):

    atomic = False  # or nobody could write to this table meanwhile

    dependencies = [('feedback', '0005_field_encryption')]

    operations = [
        AddIndexBesideWriters(
            model_name='feedback',
            index=models.Index(fields=['field_key', 'id'], name='feedback_by_field_key'),
        ),
    ]
