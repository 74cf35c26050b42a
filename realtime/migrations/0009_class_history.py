"""Keep stays in class and changes of practice, how many sentences were done, and when a socket went."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('realtime', '0008_sentence_rights'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='practicesession',
            name='done',
            field=models.PositiveIntegerField(null=True, verbose_name='done sentences'),
        ),
        migrations.AddField(
            model_name='presence',
            name='disconnected_at',
            field=models.DateTimeField(null=True, verbose_name='disconnected'),
        ),
        migrations.CreateModel(
            name='ClassStay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('group', models.CharField(db_column='group_name', db_default='', default='', max_length=64, verbose_name='group')),
                ('came_at', models.DateTimeField(verbose_name='came into class')),
                ('left_at', models.DateTimeField(null=True, verbose_name='left class')),
                ('reason', models.CharField(choices=[('finished', 'finished'), ('disconnected', 'disconnected')], db_default='', default='', max_length=12, verbose_name='why it ended')),
                ('student', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='class_stays', to=settings.AUTH_USER_MODEL, verbose_name='student')),
                ('tutor', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='tutor')),
            ],
            options={
                'verbose_name': 'stay in class',
                'verbose_name_plural': 'stays in class',
                'ordering': ('-id',),
                'indexes': [models.Index(condition=models.Q(('left_at__isnull', True)), fields=['student'], name='open_stays'), models.Index(fields=['tutor', '-id'], name='stays_of_tutor')],
                'constraints': [models.UniqueConstraint(fields=('student', 'came_at'), name='one_stay_at_a_time')],
            },
        ),
        migrations.CreateModel(
            name='PracticeChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(verbose_name='since')),
                ('version', models.BigIntegerField()),
                ('status', models.CharField(max_length=8, verbose_name='status')),
                ('session_id', models.CharField(db_default='', default='', max_length=128, verbose_name='session')),
                ('current_sentence', models.TextField(db_default='', default='', verbose_name='sentence')),
                ('progress', models.FloatField(db_default=0, default=0, verbose_name='progress')),
                ('skipped', models.PositiveIntegerField(db_default=0, default=0, verbose_name='skipped sentences')),
                ('done', models.PositiveIntegerField(null=True, verbose_name='done sentences')),
                ('student', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='student')),
            ],
            options={
                'verbose_name': 'change of practice',
                'verbose_name_plural': 'changes of practice',
                'constraints': [models.UniqueConstraint(fields=('student', 'at', 'version'), name='changes_in_order')],
            },
        ),
    ]
