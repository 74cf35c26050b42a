"""Keep since when a student's state stands, their group as shown, their question, and what was skipped."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('realtime', '0005_sessions_of_tutor'),
    ]

    operations = [
        migrations.AddField(
            model_name='practicesession',
            name='skipped',
            field=models.PositiveIntegerField(db_default=0, default=0, verbose_name='skipped sentences'),
        ),
        migrations.AddField(
            model_name='presence',
            name='came_at',
            field=models.DateTimeField(null=True, verbose_name='came into class'),
        ),
        migrations.AddField(
            model_name='presence',
            name='circumstances_version',
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='presence',
            name='group',
            field=models.CharField(db_column='group_name', db_default='', default='', max_length=64, verbose_name='group'),
        ),
        migrations.AddField(
            model_name='presence',
            name='help_asked_at',
            field=models.DateTimeField(null=True, verbose_name='asked for help'),
        ),
        migrations.AddField(
            model_name='presence',
            name='help_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='presence',
            name='help_note',
            field=models.CharField(db_default='', default='', max_length=200, verbose_name='note'),
        ),
        migrations.AddField(
            model_name='presence',
            name='help_seen_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='presence',
            name='help_state',
            field=models.CharField(db_default='', default='', max_length=9, verbose_name='help'),
        ),
        migrations.AddField(
            model_name='presence',
            name='practice_version',
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='presence',
            name='progress_since',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='presence',
            name='skipped',
            field=models.PositiveIntegerField(db_default=0, default=0, verbose_name='skipped sentences'),
        ),
        migrations.AddField(
            model_name='presence',
            name='status_since',
            field=models.DateTimeField(null=True),
        ),
    ]
