"""Applications for credit and the instalments that follow. All amounts are US dollars."""

from __future__ import annotations

from django.db import models

from portal.accounts.models import Practice


class Application(models.Model):
    """A patient's application for credit, made at a practice."""

    class Status(models.TextChoices):
        APPROVED = "approved"
        PENDING = "pending"
        DECLINED = "declined"

    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="applications")
    reference = models.CharField(max_length=20, unique=True)
    patient = models.CharField(max_length=120)
    treatment = models.CharField(max_length=80)
    amount = models.DecimalField(max_digits=9, decimal_places=2)  # asked for, or granted
    status = models.CharField(max_length=10, choices=Status)
    submitted_at = models.DateTimeField()

    class Meta:
        ordering = ("-submitted_at",)
        indexes = (models.Index(fields=["practice", "-submitted_at"]),)

    def __str__(self) -> str:
        return self.reference


class Payment(models.Model):
    """An instalment that a patient owes the company for a treatment at a practice."""

    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="payments")
    reference = models.CharField(max_length=20, unique=True)
    patient = models.CharField(max_length=120)
    amount = models.DecimalField(max_digits=9, decimal_places=2)
    due_on = models.DateField()
    paid_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("due_on",)
        indexes = (models.Index(fields=["practice", "due_on"]),)

    def __str__(self) -> str:
        return self.reference
