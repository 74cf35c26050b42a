"""Make the table of loans, whose changes are logged, and let the school's staff look after it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from speaktracker.roster.loans import loan_triggers

GROUP = 'School staff'
# None to delete: a loan is ended, and is kept for a while.
ACTIONS = ('add', 'change', 'view')


def give_rights(apps, schema_editor):
    """Give the group what Django's permissions of the model will be, where it still maps people."""
    Group, Permission = apps.get_model('auth', 'Group'), apps.get_model('auth', 'Permission')
    ContentType = apps.get_model('contenttypes', 'ContentType')
    alias = schema_editor.connection.alias
    maps = Group.objects.using(alias).filter(
        name=GROUP, permissions__codename='change_tutorstudent'
    )
    group = maps.first()
    if group is None:
        return
    kind, _ = ContentType.objects.using(alias).get_or_create(app_label='roster', model='loan')
    for action in ACTIONS:
        permission, _ = Permission.objects.using(alias).get_or_create(
            content_type=kind,
            codename=f'{action}_loan',
            defaults={'name': f'Can {action} loan of students'},
        )
        group.permissions.add(permission)


TUTORS = {'is_active': True, 'user_type': 'tutor'}


class Migration(migrations.Migration):

    dependencies = [
        ('roster', '0010_year_end_rights'),
        ('auth', '0012_alter_user_first_name_max_length'),
        ('contenttypes', '0002_remove_content_type_name'),
    ]

    operations = [
        migrations.CreateModel(
            name='Loan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('first_day', models.DateField(verbose_name='first day')),
                ('last_day', models.DateField(verbose_name='last day')),
                ('extent', models.CharField(choices=[('all', 'all students'), ('group', 'one group'), ('some', 'some students')], default='all', max_length=5, verbose_name='who is lent')),
                ('group', models.CharField(blank=True, db_column='group_name', default='', max_length=64, verbose_name='group')),
                ('ended_at', models.DateTimeField(editable=False, null=True, verbose_name='ended early')),
                ('chosen', models.ManyToManyField(blank=True, limit_choices_to={'user_type': 'student'}, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='chosen students')),
                ('substitute', models.ForeignKey(db_index=False, limit_choices_to=TUTORS, on_delete=django.db.models.deletion.CASCADE, related_name='loans_taken', to=settings.AUTH_USER_MODEL, verbose_name='substitute')),
                ('tutor', models.ForeignKey(db_index=False, limit_choices_to=TUTORS, on_delete=django.db.models.deletion.CASCADE, related_name='loans_given', to=settings.AUTH_USER_MODEL, verbose_name='tutor')),
            ],
            options={
                'verbose_name': 'loan of students',
                'verbose_name_plural': 'loans of students',
                'ordering': ('-last_day', '-id'),
                'indexes': [
                    models.Index(fields=['substitute', 'last_day'], name='loans_of_substitute'),
                    models.Index(fields=['tutor', 'last_day'], name='loans_of_tutor'),
                    models.Index(fields=['-last_day', '-id'], name='newest_loans'),
                ],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('tutor', models.F('substitute')), _negated=True), name='loan_to_somebody_else'),
                    models.CheckConstraint(condition=models.Q(('last_day__gte', models.F('first_day'))), name='loan_of_a_day'),
                    models.CheckConstraint(condition=models.Q(('extent__in', ['all', 'group', 'some'])), name='loan_extent_known'),
                    models.CheckConstraint(condition=models.Q(models.Q(('extent', 'group'), ('group__gt', '')), models.Q(models.Q(('extent', 'group'), _negated=True), ('group', '')), _connector='OR'), name='loan_group_named'),
                ],
            },
        ),
        migrations.RunPython(loan_triggers.create, loan_triggers.drop, elidable=False),
        migrations.RunPython(give_rights, migrations.RunPython.noop, elidable=False),
    ]
