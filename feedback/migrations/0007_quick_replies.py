"""Make the tables of quick replies: the school's, and each tutor's own."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('feedback', '0006_index_of_field_keys'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='SchoolQuickReply',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text_ko', models.CharField(help_text="{name} is the student's name, {sentence} the sentence they practise.", max_length=300, verbose_name='Korean text')),
                ('text_en', models.CharField(help_text="{name} is the student's name, {sentence} the sentence they practise.", max_length=300, verbose_name='English text')),
                ('position', models.PositiveSmallIntegerField(default=0, help_text='Smaller numbers come first.', verbose_name='position')),
            ],
            options={
                'verbose_name': "school's quick reply",
                'verbose_name_plural': "school's quick replies",
                'ordering': ('position', 'pk'),
            },
        ),
        migrations.CreateModel(
            name='OwnQuickReply',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.CharField(max_length=300, verbose_name='text')),
                ('tutor', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='quick_replies', to=settings.AUTH_USER_MODEL, verbose_name='tutor')),
            ],
            options={
                'verbose_name': "tutor's quick reply",
                'verbose_name_plural': "tutors' quick replies",
                'ordering': ('pk',),
                'constraints': [models.UniqueConstraint(fields=('tutor', 'text'), name='quick_reply_once')],
            },
        ),
    ]
