"""Give fields the names and words that people read; no column changes."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('persistence', '0003_erasing_changes'),
    ]

    operations = [
        migrations.AlterField(
            model_name='change',
            name='erases',
            field=models.BooleanField(db_default=False, editable=False, verbose_name='erases'),
        ),
        migrations.AlterField(
            model_name='relaylease',
            name='name',
            field=models.CharField(max_length=16, primary_key=True, serialize=False, verbose_name='name'),
        ),
    ]
