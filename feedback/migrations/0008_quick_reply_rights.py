"""Let the school's staff look after its quick replies, where they still look at feedback."""

from django.db import migrations

GROUP = 'School staff'
ACTIONS = ('add', 'change', 'delete', 'view')


def give_rights(apps, schema_editor):
    """Give the group what Django's permissions of the model will be."""
    Group, Permission = apps.get_model('auth', 'Group'), apps.get_model('auth', 'Permission')
    ContentType = apps.get_model('contenttypes', 'ContentType')
    alias = schema_editor.connection.alias
    groups = Group.objects.using(alias).filter(name=GROUP, permissions__codename='view_feedback')
    group = groups.first()
    if group is None:
        return
    kind, _ = ContentType.objects.using(alias).get_or_create(
        app_label='feedback', model='schoolquickreply'
    )
    for action in ACTIONS:
        permission, _ = Permission.objects.using(alias).get_or_create(
            content_type=kind,
            codename=f'{action}_schoolquickreply',
            defaults={'name': f"Can {action} school's quick reply"},
        )
        group.permissions.add(permission)


class Migration(migrations.Migration):

    dependencies = [
        ('feedback', '0007_quick_replies'),
        ('roster', '0006_staff_groups'),
        ('auth', '0012_alter_user_first_name_max_length'),
        ('contenttypes', '0002_remove_content_type_name'),
    ]

    operations = [migrations.RunPython(give_rights, migrations.RunPython.noop, elidable=False)]
