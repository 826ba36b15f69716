# ruff: noqa: RUF012 - written by Django 5.2 (makemigrations)

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("financing", "0002_listing_indexes"),
    ]

    operations = [
        migrations.AddField(
            model_name="application",
            name="existing_patient",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="applications",
                to="financing.patient",
            ),
        ),
        migrations.AlterField(
            model_name="creditaccount",
            name="patient",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="accounts",
                to="financing.patient",
            ),
        ),
    ]
