"""Make the groups that a school gives its staff rights by, once: what a school makes of them stays."""

from django.db import migrations

# What else a room adds to a group later stands in a migration of its own, as this one is history.
GROUPS = {
    'School staff': (
        *('roster.add_user', 'roster.change_user', 'roster.delete_user', 'roster.view_user'),
        *('roster.add_tutorstudent', 'roster.change_tutorstudent'),
        *('roster.delete_tutorstudent', 'roster.view_tutorstudent'),
        *('cognito.view_poolaccount', 'cognito.delete_poolaccount'),
        # To look at, and to close: nobody can change or delete the record of a connection.
        *('realtime.view_connection', 'realtime.delete_connection'),
        *('realtime.view_presence', 'realtime.view_practicesession'),
        'feedback.view_feedback',
    ),
    'Operator': (
        'realtime.view_serverlease',
        # To look at what is not mirrored yet, and to have it tried again.
        *('persistence.view_change', 'persistence.change_change'),
    ),
}


def make_groups(apps, schema_editor):
    """Make each group that is not there by its name; one that is there is a school's own."""
    Group, Permission = apps.get_model('auth', 'Group'), apps.get_model('auth', 'Permission')
    ContentType = apps.get_model('contenttypes', 'ContentType')
    alias = schema_editor.connection.alias

    def permission(named):
        # Django makes permissions after all migrations, and finds those that are there by then.
        label, codename = named.split('.')
        action, model = codename.split('_')
        kind, _ = ContentType.objects.using(alias).get_or_create(app_label=label, model=model)
        words = apps.get_model(label, model)._meta.verbose_name_raw
        found, _ = Permission.objects.using(alias).get_or_create(
            content_type=kind, codename=codename, defaults={'name': f'Can {action} {words}'}
        )
        return found

    for name, rights in GROUPS.items():
        group, is_new = Group.objects.using(alias).get_or_create(name=name)
        if is_new:
            group.permissions.set([permission(named) for named in rights])


class Migration(migrations.Migration):

    dependencies = [
        ('roster', '0005_indexes_for_size'),
        ('auth', '0012_alter_user_first_name_max_length'),
        ('contenttypes', '0002_remove_content_type_name'),
        ('cognito', '0001_initial'),
        ('feedback', '0001_initial'),
        ('persistence', '0001_initial'),
        ('realtime', '0001_initial'),
    ]

    # On the way back they stay: people are in them, and forward again they are found.
    operations = [migrations.RunPython(make_groups, migrations.RunPython.noop, elidable=False)]
