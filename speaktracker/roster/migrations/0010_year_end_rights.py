"""Let the school's staff end a year, where they still look after people and mappings."""

from django.db import migrations

GROUP = 'School staff'
ACTIONS = ('add', 'change', 'view')
NEEDED = ('change_user', 'delete_user', 'delete_tutorstudent')


def give_rights(apps, schema_editor):
    """Give the group what Django's permissions of the model will be."""
    Group, Permission = apps.get_model('auth', 'Group'), apps.get_model('auth', 'Permission')
    ContentType = apps.get_model('contenttypes', 'ContentType')
    alias = schema_editor.connection.alias
    groups = Group.objects.using(alias).filter(name=GROUP)
    for codename in NEEDED:
        groups = groups.filter(permissions__codename=codename)
    group = groups.first()
    if group is None:
        return
    kind, _ = ContentType.objects.using(alias).get_or_create(app_label='roster', model='yearend')
    for action in ACTIONS:
        permission, _ = Permission.objects.using(alias).get_or_create(
            content_type=kind,
            codename=f'{action}_yearend',
            defaults={'name': f'Can {action} end of the year'},
        )
        group.permissions.add(permission)


class Migration(migrations.Migration):

    dependencies = [
        ('roster', '0009_indexes_of_classes'),
        ('auth', '0012_alter_user_first_name_max_length'),
        ('contenttypes', '0002_remove_content_type_name'),
    ]

    operations = [migrations.RunPython(give_rights, migrations.RunPython.noop, elidable=False)]
