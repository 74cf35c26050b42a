"""Families of refresh tokens, so that one that is used twice ends its sign-in."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('identity', '0002_ticket_credentials'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='RefreshFamily',
            fields=[
                ('family', models.CharField(max_length=32, primary_key=True, serialize=False)),
                ('generation', models.PositiveIntegerField(default=0)),
                ('rotated_at', models.DateTimeField(null=True)),
                ('retry_digest', models.CharField(max_length=64, null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('expires_at', models.DateTimeField(db_index=True, verbose_name='expires')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='user')),
            ],
            options={
                'verbose_name': 'sign-in with tokens',
                'verbose_name_plural': 'sign-ins with tokens',
            },
        ),
    ]
