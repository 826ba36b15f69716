# ruff: noqa: RUF012 - written by Django 5.2 (makemigrations)

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="ActiveFault",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(help_text="See: python -m portal faults", max_length=40)),
                (
                    "path",
                    models.CharField(
                        blank=True,
                        help_text="Such as /reports/*; empty: the fault's own",
                        max_length=200,
                    ),
                ),
                (
                    "account",
                    models.CharField(
                        blank=True,
                        help_text="Empty: everybody",
                        max_length=64,
                        verbose_name="User ID",
                    ),
                ),
                (
                    "browser",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("chromium", "Chromium"),
                            ("firefox", "Firefox"),
                            ("webkit", "Webkit"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "probability",
                    models.FloatField(
                        default=1.0,
                        validators=[
                            django.core.validators.MinValueValidator(0.0),
                            django.core.validators.MaxValueValidator(1.0),
                        ],
                    ),
                ),
                (
                    "expires_at",
                    models.DateTimeField(blank=True, help_text="Empty: until removed", null=True),
                ),
                ("parameters", models.JSONField(blank=True, default=dict)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "ordering": ("pk",),
            },
        ),
    ]
