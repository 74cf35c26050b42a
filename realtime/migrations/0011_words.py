"""Give fields the names and words that people read; no column changes."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('realtime', '0010_stay_rights'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='cooldown',
            options={'verbose_name': 'pause after too many messages', 'verbose_name_plural': 'pauses after too many messages'},
        ),
        migrations.AlterField(
            model_name='connection',
            name='channel',
            field=models.CharField(max_length=100, verbose_name='channel'),
        ),
        migrations.AlterField(
            model_name='connection',
            name='credentials_version',
            field=models.BigIntegerField(db_default=0, default=0, verbose_name='version of the credentials'),
        ),
        migrations.AlterField(
            model_name='connection',
            name='user_type',
            field=models.CharField(choices=[('student', 'student'), ('tutor', 'tutor')], max_length=7, verbose_name='user type'),
        ),
        migrations.AlterField(
            model_name='cooldown',
            name='until',
            field=models.DateTimeField(db_index=True, verbose_name='until'),
        ),
        migrations.AlterField(
            model_name='cooldown',
            name='user',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to=settings.AUTH_USER_MODEL, verbose_name='user'),
        ),
        migrations.AlterField(
            model_name='practicesession',
            name='client_timestamp',
            field=models.CharField(max_length=64, null=True, verbose_name="time by the student's clock"),
        ),
        migrations.AlterField(
            model_name='practicesession',
            name='status',
            field=models.CharField(choices=[('studying', 'Practising'), ('idle', 'Idle'), ('paused', 'Paused'), ('finished', 'Finished')], max_length=8, verbose_name='status'),
        ),
        migrations.AlterField(
            model_name='practicesession',
            name='version',
            field=models.BigIntegerField(default=0, verbose_name='version'),
        ),
        migrations.AlterField(
            model_name='presence',
            name='circumstances_version',
            field=models.BigIntegerField(db_default=0, default=0, verbose_name='version of the circumstances'),
        ),
        migrations.AlterField(
            model_name='presence',
            name='feedback_sequence',
            field=models.BigIntegerField(default=0, verbose_name='number of the last feedback'),
        ),
        migrations.AlterField(
            model_name='presence',
            name='help_at',
            field=models.DateTimeField(null=True, verbose_name='help changed'),
        ),
        migrations.AlterField(
            model_name='presence',
            name='help_seen_at',
            field=models.DateTimeField(null=True, verbose_name='seen by the tutor at'),
        ),
        migrations.AlterField(
            model_name='presence',
            name='help_state',
            field=models.CharField(choices=[('asked', 'waits for help'), ('seen', 'seen, still waits'), ('answered', 'answered'), ('withdrawn', 'withdrawn')], db_default='', default='', max_length=9, verbose_name='help'),
        ),
        migrations.AlterField(
            model_name='presence',
            name='leave_due_at',
            field=models.DateTimeField(db_index=True, null=True, verbose_name='leaves at'),
        ),
        migrations.AlterField(
            model_name='presence',
            name='practice_version',
            field=models.BigIntegerField(db_default=0, default=0, verbose_name='version of the practice'),
        ),
        migrations.AlterField(
            model_name='presence',
            name='progress_since',
            field=models.DateTimeField(null=True, verbose_name='progress since'),
        ),
        migrations.AlterField(
            model_name='presence',
            name='status',
            field=models.CharField(choices=[('studying', 'Practising'), ('idle', 'Idle'), ('paused', 'Paused'), ('finished', 'Finished')], max_length=8, null=True, verbose_name='status'),
        ),
        migrations.AlterField(
            model_name='presence',
            name='status_since',
            field=models.DateTimeField(null=True, verbose_name='status since'),
        ),
        migrations.AlterField(
            model_name='presence',
            name='version',
            field=models.BigIntegerField(default=0, verbose_name='version'),
        ),
        migrations.AlterField(
            model_name='serverlease',
            name='boot_id',
            field=models.CharField(max_length=32, primary_key=True, serialize=False, verbose_name='start number'),
        ),
        migrations.AlterField(
            model_name='serverlease',
            name='process_started',
            field=models.BigIntegerField(verbose_name='started'),
        ),
    ]
