# ruff: noqa: RUF012 - written by Django 5.2 (makemigrations)

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_standing_and_phone"),
        ("financing", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="transaction",
            name="financing_t_practic_3b8ccb_idx",
        ),
        migrations.RemoveIndex(
            model_name="transaction",
            name="financing_t_practic_21975a_idx",
        ),
        migrations.RemoveIndex(
            model_name="transaction",
            name="financing_t_practic_94b29f_idx",
        ),
        migrations.AddField(
            model_name="application",
            name="form_key",
            field=models.UUIDField(blank=True, null=True, unique=True),
        ),
        migrations.AddIndex(
            model_name="application",
            index=models.Index(
                fields=["practice", "-created_at"], name="financing_a_practic_e01014_idx"
            ),
        ),
        migrations.AddIndex(
            model_name="instalment",
            index=models.Index(
                condition=models.Q(("paid_at", None)),
                fields=["practice", "due_on", "amount"],
                name="instalments_unpaid",
            ),
        ),
        migrations.AddIndex(
            model_name="transaction",
            index=models.Index(
                fields=["practice", "at", "id", "kind", "status"],
                name="financing_t_practic_2c13cb_idx",
            ),
        ),
        migrations.AddIndex(
            model_name="transaction",
            index=models.Index(
                fields=["practice", "amount", "at", "id", "kind", "status"],
                name="financing_t_practic_e7411e_idx",
            ),
        ),
        migrations.RemoveIndex(
            model_name="transaction",
            name="financing_t_practic_328353_idx",
        ),
        migrations.AddIndex(
            model_name="transaction",
            index=models.Index(
                fields=["practice", "status", "at", "id", "kind"],
                name="financing_t_practic_944a13_idx",
            ),
        ),
    ]
