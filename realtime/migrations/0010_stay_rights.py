"""Let the school's staff look at stays in class, where they still look at practice."""

from django.db import migrations

GROUP = 'School staff'
ACTIONS = ('view',)


def give_rights(apps, schema_editor):
    """Give each group of staff that looks at practice sessions what Django's permission will be."""
    Group, Permission = apps.get_model('auth', 'Group'), apps.get_model('auth', 'Permission')
    ContentType = apps.get_model('contenttypes', 'ContentType')
    alias = schema_editor.connection.alias
    groups = Group.objects.using(alias).filter(
        name=GROUP, permissions__codename='view_practicesession'
    )
    group = groups.first()
    if group is None:
        return
    kind, _ = ContentType.objects.using(alias).get_or_create(app_label='realtime', model='classstay')
    for action in ACTIONS:
        permission, _ = Permission.objects.using(alias).get_or_create(
            content_type=kind,
            codename=f'{action}_classstay',
            defaults={'name': f'Can {action} stay in class'},
        )
        group.permissions.add(permission)


class Migration(migrations.Migration):

    dependencies = [
        ('realtime', '0009_class_history'),
        ('roster', '0006_staff_groups'),
        ('auth', '0012_alter_user_first_name_max_length'),
        ('contenttypes', '0002_remove_content_type_name'),
    ]

    operations = [migrations.RunPython(give_rights, migrations.RunPython.noop, elidable=False)]
