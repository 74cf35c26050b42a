"""Let the school's staff make sentence lists and give them, where they still look at practice."""

from django.db import migrations

GROUP = 'School staff'
ACTIONS = ('add', 'change', 'delete', 'view')
MODELS = {'sentencelist': 'sentence list', 'sentenceassignment': 'given sentence list'}


def give_rights(apps, schema_editor):
    """Give the group what Django's permissions of the models will be."""
    Group, Permission = apps.get_model('auth', 'Group'), apps.get_model('auth', 'Permission')
    ContentType = apps.get_model('contenttypes', 'ContentType')
    alias = schema_editor.connection.alias
    groups = Group.objects.using(alias).filter(
        name=GROUP, permissions__codename='view_practicesession'
    )
    group = groups.first()
    if group is None:
        return
    for model, words in MODELS.items():
        kind, _ = ContentType.objects.using(alias).get_or_create(app_label='realtime', model=model)
        for action in ACTIONS:
            permission, _ = Permission.objects.using(alias).get_or_create(
                content_type=kind,
                codename=f'{action}_{model}',
                defaults={'name': f'Can {action} {words}'},
            )
            group.permissions.add(permission)


class Migration(migrations.Migration):

    dependencies = [
        ('realtime', '0007_sentence_lists'),
        ('roster', '0006_staff_groups'),
        ('auth', '0012_alter_user_first_name_max_length'),
        ('contenttypes', '0002_remove_content_type_name'),
    ]

    operations = [migrations.RunPython(give_rights, migrations.RunPython.noop, elidable=False)]
