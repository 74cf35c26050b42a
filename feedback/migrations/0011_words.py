"""Give fields the names and words that people read; no column changes."""

import speaktracker.field_encryption.encrypted_text
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('feedback', '0010_index_of_substitutes'),
    ]

    operations = [
        migrations.AlterField(
            model_name='feedback',
            name='client_timestamp',
            field=models.CharField(max_length=64, null=True, verbose_name="time by the tutor's clock"),
        ),
        migrations.AlterField(
            model_name='feedback',
            name='field_key',
            field=speaktracker.field_encryption.encrypted_text.KeyNameField(db_default='', default='', editable=False, max_length=48, verbose_name='key'),
        ),
        migrations.AlterField(
            model_name='feedback',
            name='idempotency_key',
            field=models.CharField(max_length=128, null=True, verbose_name='key of the call'),
        ),
        migrations.AlterField(
            model_name='feedback',
            name='message_type',
            field=models.CharField(choices=[('text', 'text message'), ('tts', 'recorded speech')], max_length=4, verbose_name='type'),
        ),
        migrations.AlterField(
            model_name='feedback',
            name='outcome',
            field=models.CharField(max_length=9, null=True, verbose_name='first outcome'),
        ),
        migrations.AlterField(
            model_name='feedback',
            name='outcome_connections',
            field=models.PositiveIntegerField(default=0, verbose_name='connections that confirmed'),
        ),
        migrations.AlterField(
            model_name='feedback',
            name='request_digest',
            field=models.CharField(default='', max_length=64, verbose_name='digest of the call'),
        ),
        migrations.AlterField(
            model_name='feedback',
            name='sequence',
            field=models.BigIntegerField(verbose_name='number'),
        ),
    ]
