"""Room for encrypted text, and which key it is encrypted with."""

from django.db import migrations

from speaktracker.field_encryption.encrypted_text import EncryptedTextField, KeyNameField


def make_room(apps, schema_editor):
    """Add a column and let `audio_url` hold a ciphertext; no row changes for either.

    On SQLite, where no text has a limit, Django would copy the whole table for each.
    """
    schema_editor.execute(
        "ALTER TABLE feedback_feedback ADD COLUMN field_key varchar(48) DEFAULT '' NOT NULL"
    )
    if schema_editor.connection.vendor == 'postgresql':
        schema_editor.execute('ALTER TABLE feedback_feedback ALTER COLUMN audio_url TYPE text')


def take_room_away(apps, schema_editor):
    schema_editor.execute('ALTER TABLE feedback_feedback DROP COLUMN field_key')


class Migration(migrations.Migration):

    dependencies = [('feedback', '0004_erased_tutors')]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(make_room, take_room_away)],
            state_operations=[
                migrations.AddField(
                    model_name='feedback',
                    name='field_key',
                    field=KeyNameField(db_default='', default='', editable=False, max_length=48),
                ),
                migrations.AlterField(
                    model_name='feedback',
                    name='audio_url',
                    field=EncryptedTextField(null=True, verbose_name='audio'),
                ),
                migrations.AlterField(
                    model_name='feedback',
                    name='message',
                    field=EncryptedTextField(verbose_name='message'),
                ),
            ],
        ),
    ]
