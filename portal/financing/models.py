"""Patients, their credit accounts, and what moves on them. All amounts are US dollars.

Everything belongs to one practice, and is asked for through it: ``practice.patients``,
never ``Patient.objects``, so that nobody sees another practice's records.
"""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models

from portal.accounts.models import Practice


class Patient(models.Model):
    """Somebody who is treated at a practice."""

    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="patients")
    number = models.CharField(max_length=20, unique=True)  # "PT-40715523-0017"
    first_name = models.CharField(max_length=60)
    last_name = models.CharField(max_length=60)
    birth_date = models.DateField()
    email = models.EmailField()
    phone = models.CharField(max_length=20)
    street = models.CharField(max_length=120)
    city = models.CharField(max_length=80)
    state = models.CharField(max_length=2)
    postcode = models.CharField(max_length=10)

    class Meta:
        ordering = ("last_name", "first_name", "pk")
        indexes = (models.Index(fields=["practice", "last_name", "first_name"]),)

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """As it is written on a page: "Grace Bellamy"."""
        return f"{self.first_name} {self.last_name}"


class CreditAccount(models.Model):
    """The credit that a patient was granted, and what of it is owed."""

    class Status(models.TextChoices):
        OPEN = "open"
        PAST_DUE = "past_due"
        CLOSED = "closed"

    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="credit_accounts")
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="accounts")
    number = models.CharField(max_length=20, unique=True)  # "AC-40715523-0017"
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    credit_limit = models.DecimalField(max_digits=9, decimal_places=2)
    balance = models.DecimalField(max_digits=9, decimal_places=2, default=Decimal(0))  # owed
    opened_on = models.DateField()

    class Meta:
        ordering = ("number",)

    def __str__(self) -> str:
        return self.number

    @property
    def available(self) -> Decimal:
        """What can still be bought; never negative, and nothing on a closed account."""
        if self.status == self.Status.CLOSED:
            return Decimal(0)
        return max(Decimal(0), self.credit_limit - self.balance)

    @property
    def granted(self) -> Decimal:
        """What may come to be owed: the limit, used or not; on a closed account what is left.

        Interest is owed beyond the limit.
        """
        if self.status == self.Status.CLOSED:
            return self.balance
        return max(self.credit_limit, self.balance)


class Application(models.Model):
    """A patient's application for credit, made at a practice; a draft until it is sent."""

    class Status(models.TextChoices):
        DRAFT = "draft"
        PENDING = "pending"
        APPROVED = "approved"
        DECLINED = "declined"

    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="applications")
    reference = models.CharField(max_length=20, unique=True)  # "A-40715523-1018"
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    # Whose it is where the practice knows the patient already; an approved one adds to theirs.
    existing_patient = models.ForeignKey(
        Patient, null=True, blank=True, on_delete=models.SET_NULL, related_name="applications"
    )
    # Kept as they were typed, for a draft is saved with gaps: the forms check them.
    first_name = models.CharField(max_length=60, blank=True)
    last_name = models.CharField(max_length=60, blank=True)
    birth_date = models.DateField(null=True, blank=True)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=20, blank=True)
    street = models.CharField(max_length=120, blank=True)
    city = models.CharField(max_length=80, blank=True)
    state = models.CharField(max_length=2, blank=True)
    postcode = models.CharField(max_length=10, blank=True)
    yearly_income = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    yearly_housing = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    treatment = models.CharField(max_length=80, blank=True)
    amount = models.DecimalField(max_digits=9, decimal_places=2, null=True, blank=True)
    consented_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=200, blank=True)  # of a decision that is no approval
    account = models.OneToOneField(
        CreditAccount, null=True, blank=True, on_delete=models.SET_NULL, related_name="application"
    )

    # Of the form that it was begun by: the same form sent twice begins one application.
    form_key = models.UUIDField(null=True, blank=True, unique=True)

    class Meta:
        ordering = ("-created_at",)
        indexes = (
            models.Index(fields=["practice", "-submitted_at"]),
            models.Index(fields=["practice", "status"]),
            models.Index(fields=["practice", "-created_at"]),
        )

    def __str__(self) -> str:
        return self.reference

    @property
    def patient(self) -> str:
        """The applicant's name, as far as it is known."""
        return f"{self.first_name} {self.last_name}".strip()


class Transaction(models.Model):
    """A sale, a refund of one, or a payment; its amount is never negative.

    Its practice and its account have no index of their own: others begin with them, and the
    database would take the plain one where it has to read each row.
    """

    class Kind(models.TextChoices):
        SALE = "sale"
        REFUND = "refund"
        PAYMENT = "payment"

    class Status(models.TextChoices):
        POSTED = "posted"
        DECLINED = "declined"

    practice = models.ForeignKey(
        Practice, on_delete=models.CASCADE, related_name="transactions", db_index=False
    )
    account = models.ForeignKey(
        CreditAccount, on_delete=models.CASCADE, related_name="transactions", db_index=False
    )
    reference = models.CharField(max_length=20, unique=True)  # "T-40715523-9F3K27QD"
    kind = models.CharField(max_length=8, choices=Kind)
    status = models.CharField(max_length=8, choices=Status, default=Status.POSTED)
    amount = models.DecimalField(max_digits=9, decimal_places=2)
    description = models.CharField(max_length=120)
    terms = models.CharField(max_length=12, blank=True)  # a sale's: a code of ``terms``
    at = models.DateTimeField()
    sale = models.ForeignKey(  # a refund's
        "self", null=True, blank=True, on_delete=models.CASCADE, related_name="refunds"
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    # Of the form that it was made by: the same form sent twice makes one transaction.
    form_key = models.UUIDField(null=True, blank=True, unique=True)

    class Meta:
        ordering = ("-at", "-pk")
        indexes = (
            # The list of the transactions by each order that it may be asked for. What it is
            # filtered by stands behind, so that the rows passed over are never read.
            models.Index(fields=["practice", "at", "id", "kind", "status"]),
            models.Index(fields=["practice", "amount", "at", "id", "kind", "status"]),
            models.Index(fields=["practice", "status", "at", "id", "kind", "amount"]),
            models.Index(fields=["account", "at", "id", "amount", "kind", "status"]),
        )

    def __str__(self) -> str:
        return self.reference


class Instalment(models.Model):
    """A part of a sale that falls due on a day."""

    practice = models.ForeignKey(
        Practice, on_delete=models.CASCADE, related_name="instalments", db_index=False
    )
    sale = models.ForeignKey(
        Transaction, on_delete=models.CASCADE, related_name="instalments", db_index=False
    )
    number = models.PositiveSmallIntegerField()  # from 1
    due_on = models.DateField()
    amount = models.DecimalField(max_digits=9, decimal_places=2)
    paid_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("sale", "number")
        indexes = (
            # What is owed, and overdue: listed, and added up without reading a row. The only
            # one by day: of two the database would take the one that has the paid ones, too.
            models.Index(
                fields=["practice", "due_on", "id", "amount"],
                condition=models.Q(paid_at=None),
                name="instalments_unpaid",
            ),
        )
        constraints = (
            models.UniqueConstraint(fields=["sale", "number"], name="one_instalment_a_number"),
        )

    def __str__(self) -> str:
        return f"{self.sale_id}/{self.number}"


class DailyFigures(models.Model):
    """What a practice's posted transactions of one kind came to on one day (UTC).

    Kept with each posting, so that a report over years reads days and not transactions.
    """

    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="daily_figures")
    day = models.DateField()
    kind = models.CharField(max_length=8, choices=Transaction.Kind)
    count = models.PositiveIntegerField(default=0)
    amount = models.DecimalField(max_digits=14, decimal_places=2, default=Decimal(0))

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["practice", "day", "kind"], name="one_row_a_day"),
        )


class Note(models.Model):
    """What somebody of the practice wrote down about an account."""

    account = models.ForeignKey(CreditAccount, on_delete=models.CASCADE, related_name="notes")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    text = models.TextField(max_length=2000)
    at = models.DateTimeField()

    class Meta:
        ordering = ("-at", "-pk")
