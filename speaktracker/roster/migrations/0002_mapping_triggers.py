"""Refuse mappings of wrong types in the database itself.

SQLite drops a table's triggers when Django remakes the table (it does so for most alterations): a later
migration that alters `roster_user` or `roster_tutorstudent` wraps its operations in
`RunPython(triggers.drop, triggers.create)` and `RunPython(triggers.create, triggers.drop)`.
"""

from django.db import migrations

from speaktracker.roster import sql_triggers


class Migration(migrations.Migration):

    dependencies = [('roster', '0001_initial')]

    operations = [migrations.RunPython(sql_triggers.create, sql_triggers.drop, elidable=False)]
