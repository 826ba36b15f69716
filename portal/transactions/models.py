"""A sale between its first page and its posting."""

from __future__ import annotations

import uuid
from decimal import Decimal

from django.conf import settings
from django.db import models

from portal.financing.models import CreditAccount
from portal.financing.terms import BY_CODE, Terms


class SaleDraft(models.Model):
    """What was entered of a sale so far.

    Each draft has an address of its own, so that two tabs make two sales and nothing about
    a patient stands in an address. Its key is the form key of the sale that it leads to:
    however often it is confirmed, it is posted once.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    account = models.ForeignKey(CreditAccount, on_delete=models.CASCADE, related_name="+")
    amount = models.DecimalField(max_digits=9, decimal_places=2)
    description = models.CharField(max_length=120)
    terms = models.CharField(max_length=12, blank=True)  # a code, once one was chosen
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sale_drafts"
    )
    created_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def plan(self) -> Terms | None:
        """The plan that was chosen, if the amount is still enough for it."""
        terms = BY_CODE.get(self.terms)
        return terms if terms and self.amount >= terms.least_amount else None

    @property
    def total(self) -> Decimal:
        """What the patient pays in all on the plan that was chosen."""
        return self.plan.total(self.amount) if self.plan else self.amount
