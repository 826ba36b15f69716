# ruff: noqa: RUF012 - written by Django 5.2 (makemigrations)

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="RecoveryRequest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("link", "Link"), ("code", "Code"), ("user-id", "User Id")],
                        max_length=8,
                    ),
                ),
                ("subject", models.CharField(max_length=254)),
                ("address", models.CharField(max_length=45)),
                ("digest", models.CharField(max_length=64)),
                ("requested_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("tries_left", models.PositiveSmallIntegerField(default=5)),
                ("confirmed_at", models.DateTimeField(null=True)),
                ("used_at", models.DateTimeField(null=True)),
                ("superseded_at", models.DateTimeField(null=True)),
                (
                    "provider",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["subject", "requested_at"], name="recovery_re_subject_0ac356_idx"
                    ),
                    models.Index(
                        fields=["address", "requested_at"], name="recovery_re_address_29f7bc_idx"
                    ),
                    models.Index(fields=["digest"], name="recovery_re_digest_ec72ee_idx"),
                    models.Index(fields=["requested_at"], name="recovery_re_request_0e02c4_idx"),
                ],
            },
        ),
    ]
