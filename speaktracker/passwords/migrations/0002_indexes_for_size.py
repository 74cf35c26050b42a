"""Index what lists, duties and the mirror look up among a million rows."""

from django.db import migrations, models

from speaktracker.db.index_operations import AddIndexBesideWriters


class Migration(migrations.Migration):

    atomic = False  # or nobody could write to these tables meanwhile

    dependencies = [('passwords', '0001_initial')]

    operations = [
        AddIndexBesideWriters(
            model_name='letter',
            index=models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='letter_due'),
        ),
    ]
