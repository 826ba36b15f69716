# ruff: noqa: RUF012 - written by Django 5.2 (makemigrations)

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Application",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reference", models.CharField(max_length=20, unique=True)),
                ("patient", models.CharField(max_length=120)),
                ("treatment", models.CharField(max_length=80)),
                ("amount", models.DecimalField(decimal_places=2, max_digits=9)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("approved", "Approved"),
                            ("pending", "Pending"),
                            ("declined", "Declined"),
                        ],
                        max_length=10,
                    ),
                ),
                ("submitted_at", models.DateTimeField()),
                (
                    "practice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="applications",
                        to="accounts.practice",
                    ),
                ),
            ],
            options={
                "ordering": ("-submitted_at",),
                "indexes": [
                    models.Index(
                        fields=["practice", "-submitted_at"], name="financing_a_practic_d0cb8c_idx"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Payment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reference", models.CharField(max_length=20, unique=True)),
                ("patient", models.CharField(max_length=120)),
                ("amount", models.DecimalField(decimal_places=2, max_digits=9)),
                ("due_on", models.DateField()),
                ("paid_at", models.DateTimeField(blank=True, null=True)),
                (
                    "practice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="payments",
                        to="accounts.practice",
                    ),
                ),
            ],
            options={
                "ordering": ("due_on",),
                "indexes": [
                    models.Index(
                        fields=["practice", "due_on"], name="financing_p_practic_336d99_idx"
                    )
                ],
            },
        ),
    ]
