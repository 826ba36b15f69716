# ruff: noqa: RUF012 - written by Django 5.2 (makemigrations)

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Incident",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "component",
                    models.CharField(
                        choices=[
                            ("sign-in", "Sign-in"),
                            ("dashboard", "Dashboard"),
                            ("payments", "Payments"),
                            ("messaging", "Messaging"),
                        ],
                        max_length=12,
                    ),
                ),
                ("title", models.CharField(max_length=120)),
                ("text", models.TextField(blank=True, max_length=2000)),
                ("began_at", models.DateTimeField()),
                ("resolved_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ("-began_at",),
            },
        ),
        migrations.CreateModel(
            name="MaintenanceWindow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("starts_at", models.DateTimeField()),
                ("planned_end", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("message", models.CharField(blank=True, max_length=300)),
                ("banner_hours", models.PositiveSmallIntegerField(default=24)),
            ],
            options={
                "ordering": ("-starts_at",),
            },
        ),
    ]
