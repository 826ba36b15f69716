# ruff: noqa: RUF012 - written by Django 5.2 (makemigrations)

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("axes", "0010_accessattemptexpiration"),
        ("second_factor", "0001_initial"),
        ("sign_in", "0002_open_sessions"),
    ]

    operations = [
        migrations.CreateModel(
            name="FailedTries",
            fields=[
                (
                    "attempt",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="failed_tries",
                        serialize=False,
                        to="axes.accessattempt",
                    ),
                ),
                ("in_a_row", models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.AddField(
            model_name="opensession",
            name="trusted_device",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="second_factor.trusteddevice",
            ),
        ),
    ]
