"""What every test of applications does: begin one, and fill it in."""

from __future__ import annotations

import re
import uuid

from django.test import Client

from portal.financing.models import Application

ANSWERS = {
    "patient": {"first_name": "Grace", "last_name": "Bellamy", "birth_date": "1984-03-27"},
    "contact": {
        "email": "grace@mail.example",
        "phone": "+1 202.555.0143",
        "street": "12 Elm Street",
        "city": "Asheville",
        "state": "NC",
        "postcode": "28801",
    },
    "income": {"yearly_income": "$60,000", "yearly_housing": "12000.00"},
    "treatment": {"treatment": "Root canal", "amount": "2,500"},
}
STEPS = list(ANSWERS)


def begin(client: Client, **other: str):
    return client.post(
        "/applications/new/", ANSWERS["patient"] | {"form_key": uuid.uuid4()} | other
    )


def fill(client: Client, upto: str = "treatment", **income: str) -> str:
    """The path of an application whose steps up to ``upto`` are complete."""
    path = re.sub(r"[a-z]+/$", "", begin(client).url)
    for step in STEPS[1 : STEPS.index(upto) + 1]:
        answer = client.post(f"{path}{step}/", ANSWERS[step] | (income if step == "income" else {}))
        assert answer.status_code == 302
    return path


def of(path: str) -> Application:
    return Application.objects.get(reference=path.split("/")[2])
