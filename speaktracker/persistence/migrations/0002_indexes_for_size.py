"""Index what lists, duties and the mirror look up among a million rows."""

from django.db import migrations, models

from speaktracker.db.index_operations import AddIndexBesideWriters


class Migration(migrations.Migration):

    atomic = False  # or nobody could write to these tables meanwhile

    dependencies = [('persistence', '0001_initial')]

    operations = [
        AddIndexBesideWriters(
            model_name='change',
            index=models.Index(condition=models.Q(('done_at__isnull', True), ('set_aside_at__isnull', True)), fields=['table', 'due_at', 'id'], name='waiting_in_order'),
        ),
        AddIndexBesideWriters(
            model_name='change',
            index=models.Index(condition=models.Q(('done_at__isnull', True)), fields=['key'], name='open_change_keys'),
        ),
        migrations.RemoveIndex(
            model_name='change',
            name='waiting_changes',
        ),
    ]
