"""Index who has never signed in, and who may be taught, for the admin's home."""

from django.db import migrations, models

from speaktracker.db.index_operations import AddIndexBesideWriters


class Migration(migrations.Migration):

    atomic = False  # or nobody could write to the table meanwhile

    dependencies = [('roster', '0011_loans')]

    operations = [
        AddIndexBesideWriters(
            model_name='user',
            index=models.Index(
                condition=models.Q(('last_login__isnull', True)), fields=['email'], name='never_signed_in'
            ),
        ),
        AddIndexBesideWriters(
            model_name='user',
            index=models.Index(
                condition=models.Q(('is_active', True), ('user_type', 'student')), fields=['id'], name='active_students'
            ),
        ),
    ]
