"""Make the tables of sentence lists, and of whom they are given to."""

import django.db.models.deletion
import realtime.sentences.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('realtime', '0006_circumstances'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='SentenceList',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(error_messages={'unique': 'There is a list of this title already.'}, help_text='In words that students understand: they choose by it.', max_length=100, unique=True, verbose_name='title')),
                ('language', models.CharField(choices=[('en', 'English'), ('ko', 'Korean')], default='en', help_text='What is practised. The translations are in the other language.', max_length=2, verbose_name='language of the sentences')),
                ('changed_at', models.DateTimeField(auto_now=True, verbose_name='changed')),
            ],
            options={
                'verbose_name': 'sentence list',
                'verbose_name_plural': 'sentence lists',
                'ordering': ('title',),
            },
        ),
        migrations.CreateModel(
            name='SentenceAssignment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('given_to', models.CharField(choices=[('everyone', 'everyone'), ('group', 'a group'), ('student', 'one student')], default='everyone', max_length=8, verbose_name='given to')),
                ('group', models.CharField(blank=True, db_column='group_name', db_default='', default='', max_length=64, verbose_name='group')),
                ('first_day', models.DateField(default=realtime.sentences.models.school_day, verbose_name='from')),
                ('last_day', models.DateField(blank=True, help_text='This day included; empty: no end.', null=True, verbose_name='until')),
                ('student', models.ForeignKey(blank=True, limit_choices_to={'user_type': 'student'}, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='sentence_assignments', to=settings.AUTH_USER_MODEL, verbose_name='student')),
                ('sentence_list', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='assignments', to='realtime.sentencelist', verbose_name='sentence list')),
            ],
            options={
                'verbose_name': 'given sentence list',
                'verbose_name_plural': 'given sentence lists',
                'ordering': ('-first_day', '-id'),
                'indexes': [models.Index(condition=models.Q(('student__isnull', True)), fields=['group'], name='lists_of_groups'), models.Index(condition=models.Q(('last_day__isnull', False)), fields=['last_day'], name='ended_assignments'), models.Index(fields=['-first_day', '-id'], name='newest_assignments'), models.Index(fields=['sentence_list', 'given_to', 'group', 'last_day'], name='assignments_of_list')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('given_to', 'everyone'), ('group', ''), ('student__isnull', True)), models.Q(('given_to', 'group'), ('student__isnull', True), models.Q(('group', ''), _negated=True)), models.Q(('given_to', 'student'), ('group', ''), ('student__isnull', False)), _connector='OR'), name='given_to_whom_it_says'), models.CheckConstraint(condition=models.Q(('last_day__isnull', True), ('last_day__gte', models.F('first_day')), _connector='OR'), name='given_forwards')],
            },
        ),
        migrations.CreateModel(
            name='Sentence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveIntegerField(blank=True, default=0, verbose_name='order')),
                ('text', models.CharField(max_length=300, verbose_name='sentence')),
                ('translation', models.CharField(max_length=300, verbose_name='translation')),
                ('audio_url', models.CharField(blank=True, db_default='', default='', max_length=2000, verbose_name='address of the recording')),
                ('sentence_list', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='sentences', to='realtime.sentencelist', verbose_name='sentence list')),
            ],
            options={
                'verbose_name': 'sentence',
                'verbose_name_plural': 'sentences',
                'ordering': ('position', 'pk'),
                'indexes': [models.Index(fields=['sentence_list', 'position', 'id'], name='sentences_in_order')],
            },
        ),
    ]
