"""Give fields the names and words that people read; no column changes."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('passwords', '0003_letters_by_address'),
    ]

    operations = [
        migrations.AlterField(
            model_name='letter',
            name='attempts',
            field=models.IntegerField(default=0, verbose_name='tries'),
        ),
        migrations.AlterField(
            model_name='letter',
            name='due_at',
            field=models.DateTimeField(null=True, verbose_name='next try'),
        ),
        migrations.AlterField(
            model_name='letter',
            name='ends_at',
            field=models.DateTimeField(verbose_name='given up at'),
        ),
        migrations.AlterField(
            model_name='letter',
            name='kind',
            field=models.CharField(choices=[('invitation', 'invitation'), ('reset', 'forgotten password')], max_length=10, verbose_name='kind'),
        ),
        migrations.AlterField(
            model_name='letter',
            name='language',
            field=models.CharField(max_length=2, verbose_name='language'),
        ),
        migrations.AlterField(
            model_name='letter',
            name='mailing',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='letters', to='passwords.mailing', verbose_name='invitations by e-mail'),
        ),
        migrations.AlterField(
            model_name='letter',
            name='problem',
            field=models.CharField(blank=True, max_length=100, verbose_name='problem'),
        ),
    ]
