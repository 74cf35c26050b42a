"""Log the end of a refresh family, so that every process closes the sockets of it."""

from django.db import migrations

from speaktracker.auth.validity import family_triggers


class Migration(migrations.Migration):

    dependencies = [('identity', '0003_refresh_families'), ('roster', '0004_change_log')]

    operations = [
        migrations.RunPython(family_triggers.create, family_triggers.drop, elidable=False)
    ]
