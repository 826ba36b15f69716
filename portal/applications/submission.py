"""Sending an application in: it is decided at once, and an approved one opens the account."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from portal import seen
from portal.applications import steps
from portal.faults import switchboard
from portal.financing import decisions, ledger
from portal.financing.models import Application, CreditAccount, Patient

# What an application and the record of a patient have in common.
PERSON = ("first_name", "last_name", "birth_date")
CONTACT = ("email", "phone", "street", "city", "state", "postcode")

CHANGED = "The application was changed in another tab. Check it once more with the patient"


class Refused(Exception):
    """It cannot be sent in as it is; ``str()`` of it is for the provider to read."""


@transaction.atomic
def submit(application: Application, now: datetime, mark: str) -> Application:
    """Decides on ``application``, which must be complete; one sent in before stays as it is.

    ``mark`` stands for the answers that were confirmed: see ``portal.seen``. Raises
    ``Refused`` where there are others by now, and while another one of the patient is pending.
    """
    application = Application.objects.select_for_update().get(pk=application.pk)
    if application.status != Application.Status.DRAFT:
        return application
    if seen.is_out_of_date(mark, *steps.answers(application)):
        raise Refused(CHANGED)
    if application.existing_patient:
        _lock(application.existing_patient)
    decision = _decision(application)
    application.status, application.reason = decision.status, decision.reason
    application.consented_at = application.submitted_at = now
    if decision.status != Application.Status.PENDING:
        application.decided_at = now
    if decision.status == Application.Status.APPROVED:
        application.account = _open_account(application, decision, now)
    application.save()
    return application


def _lock(patient: Patient) -> None:
    """One application of ``patient`` is decided at a time, and none beside a pending one.

    Raises ``Refused``.
    """
    Patient.objects.select_for_update().get(pk=patient.pk)
    if other := patient.applications.filter(status=Application.Status.PENDING).first():
        raise Refused(
            f"Application {other.reference} of this patient is waiting for its decision."
            " This one can be submitted after that"
        )


def _decision(application: Application) -> decisions.Decision:
    granted = Decimal(0)
    if application.existing_patient:
        accounts = application.existing_patient.accounts.all()
        # It may have fallen behind since the application was begun.
        if late := next((a for a in accounts if a.status == CreditAccount.Status.PAST_DUE), None):
            return decisions.Decision(
                Application.Status.DECLINED, f"Payments on account {late.number} are past due"
            )
        granted = sum((account.granted for account in accounts), Decimal(0))
    decided = decisions.decide(
        application.yearly_income, application.yearly_housing, application.amount, granted
    )
    reverses = switchboard.active("decisions_reversed") is not None
    return _reversed(decided, application.amount) if reverses else decided


def _reversed(decided: decisions.Decision, amount: Decimal) -> decisions.Decision:
    if decided.status == Application.Status.DECLINED:
        return decisions.Decision(Application.Status.APPROVED, limit=amount)
    return decisions.Decision(Application.Status.DECLINED, "Income does not cover the amount")


def _open_account(
    application: Application, decision: decisions.Decision, now: datetime
) -> CreditAccount:
    """An account of the patient that there is, else of a new one."""
    patient = application.existing_patient
    if patient is None:
        number = ledger.new_reference(application.practice, "PT")
        patient = Patient.objects.create(
            practice=application.practice,
            number=number,
            **{name: getattr(application, name) for name in (*PERSON, *CONTACT)},
        )
        account_number = number.replace("PT-", "AC-", 1)
    else:
        # What the patient confirmed for the application is newer than the record.
        contact = {name: getattr(application, name) for name in CONTACT}
        Patient.objects.filter(pk=patient.pk).update(**contact)
        account_number = ledger.new_reference(application.practice, "AC")
    return CreditAccount.objects.create(
        practice=application.practice,
        patient=patient,
        number=account_number,
        credit_limit=decision.limit,
        opened_on=now.date(),
    )
