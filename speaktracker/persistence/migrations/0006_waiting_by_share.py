"""Index what waits by its share, beside whoever writes."""

from django.db import migrations, models

from speaktracker.db.index_operations import AddIndexBesideWriters


class Migration(migrations.Migration):

    atomic = False  # or nobody could write to the table meanwhile

    dependencies = [('persistence', '0005_shares')]

    operations = [
        AddIndexBesideWriters(
            model_name='change',
            index=models.Index(condition=models.Q(('done_at__isnull', True), ('set_aside_at__isnull', True)), fields=['table', 'share', 'due_at', 'id'], name='waiting_by_share'),
        ),
    ]
