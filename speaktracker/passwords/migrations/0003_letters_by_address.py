"""Index what a deletion looks for among a month of letters."""

from django.db import migrations, models

from speaktracker.db.index_operations import AddIndexBesideWriters


class Migration(migrations.Migration):

    atomic = False  # or nobody could write letters meanwhile

    dependencies = [('passwords', '0002_indexes_for_size')]

    operations = [
        AddIndexBesideWriters(
            model_name='letter',
            index=models.Index(fields=['address'], name='letter_address'),
        ),
    ]
