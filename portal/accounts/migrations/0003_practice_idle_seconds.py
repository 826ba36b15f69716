# ruff: noqa: E501, RUF012 - written by Django 5.2 (makemigrations)

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_standing_and_phone"),
    ]

    operations = [
        migrations.AddField(
            model_name="practice",
            name="own_idle_seconds",
            field=models.PositiveIntegerField(
                blank=True,
                help_text="A session ends after this long without a request, where that is sooner than the portal's own time. Holds from the next sign-in",
                null=True,
                validators=[django.core.validators.MinValueValidator(1)],
                verbose_name="Idle seconds",
            ),
        ),
    ]
