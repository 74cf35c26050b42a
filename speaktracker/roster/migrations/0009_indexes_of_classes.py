"""Index groups of mappings, and who joined together; no trigger is lost, since no table is made anew."""

from django.db import migrations, models

from speaktracker.db.index_operations import AddIndexBesideWriters


class Migration(migrations.Migration):

    atomic = False  # or nobody could write to these tables meanwhile

    dependencies = [('roster', '0008_language_and_year_end')]

    operations = [
        AddIndexBesideWriters(
            model_name='tutorstudent',
            index=models.Index(fields=['group', '-changed_at', '-id'], name='mappings_of_group'),
        ),
        AddIndexBesideWriters(
            model_name='user',
            index=models.Index(fields=['date_joined', 'email'], name='people_joined'),
        ),
    ]
