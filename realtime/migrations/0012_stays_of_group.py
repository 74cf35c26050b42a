"""Index stays by their groups, for the attendance of a class or of all classes of a day."""

from django.db import migrations, models

from speaktracker.db.index_operations import AddIndexBesideWriters


class Migration(migrations.Migration):

    atomic = False  # or nobody could come into class meanwhile

    dependencies = [('realtime', '0011_words')]

    operations = [
        AddIndexBesideWriters(
            model_name='classstay',
            index=models.Index(fields=['group', 'came_at'], name='stays_of_group'),
        ),
    ]
