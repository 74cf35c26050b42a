"""Mark the changes whose keys name somebody who is erased; older releases go on writing rows."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [('persistence', '0002_indexes_for_size')]

    operations = [
        migrations.AddField(
            model_name='change',
            name='erases',
            field=models.BooleanField(db_default=False, editable=False),
        ),
    ]
