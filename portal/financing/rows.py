"""Sample records as rows of their tables: what a million of them are written from.

A row's fields are its table's columns, in any order. Moments are texts in UTC and amounts
are floats of whole cents: either is what SQLite keeps and what PostgreSQL reads, and none of
three million values is made into an object first. Fields that are left out stay NULL.
"""

from __future__ import annotations

from typing import NamedTuple

from portal.financing.models import CreditAccount, DailyFigures, Instalment, Patient, Transaction


class PatientRow(NamedTuple):
    id: int
    practice_id: int
    number: str
    first_name: str
    last_name: str
    birth_date: str
    email: str
    phone: str
    street: str
    city: str
    state: str
    postcode: str


class AccountRow(NamedTuple):
    id: int
    practice_id: int
    patient_id: int
    number: str
    status: str
    credit_limit: float
    balance: float
    opened_on: str


class TransactionRow(NamedTuple):
    id: int
    practice_id: int
    account_id: int
    reference: str
    kind: str
    status: str
    amount: float
    description: str
    terms: str
    at: str
    sale_id: int | None = None


class InstalmentRow(NamedTuple):
    practice_id: int
    sale_id: int
    number: int
    due_on: str
    amount: float
    paid_at: str | None


class DailyRow(NamedTuple):
    practice_id: int
    day: str
    kind: str
    count: int
    amount: float


MODELS = {
    PatientRow: Patient,
    AccountRow: CreditAccount,
    TransactionRow: Transaction,
    InstalmentRow: Instalment,
    DailyRow: DailyFigures,
}
