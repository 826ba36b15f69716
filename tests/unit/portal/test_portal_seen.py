"""What was shown when something was confirmed."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import RequestFactory

from portal import seen
from portal.applications import views
from portal.financing.models import Application
from tests.unit.portal.applying import fill, of
from tests.unit.portal.confirming import confirm, mark_of
from tests.unit.portal.test_portal_sales import begin as begin_sale

SHOWN = (Decimal("250.00"), "Crown", "M6")


@pytest.mark.parametrize(
    ("given", "out_of_date"),
    [
        ({"seen": seen.mark(*SHOWN)}, False),
        ({"seen": seen.mark(Decimal("300.00"), "Crown", "M6")}, True),
        ({"seen": ""}, True),
        ({"seen": "ſé\0"}, True),
        ({}, True),
    ],
)
def test_only_what_was_shown_is_confirmed(given, out_of_date):
    mark = seen.marked(RequestFactory().post("/", given))
    assert seen.is_out_of_date(mark, *SHOWN) is out_of_date


@pytest.mark.parametrize("given", [{}, {"seen": ""}, {"seen": "0" * 32}])
def test_a_sale_that_nobody_was_shown_is_not_posted(signed_in, account, given):
    draft = begin_sale(signed_in, account)
    signed_in.post(f"{draft}plan/", {"plan": "NI-6"})
    page = signed_in.post(f"{draft}confirm/", given).text
    assert "The sale was changed in another tab." in page
    assert not account.transactions.exists()
    signed_in.post(f"{draft}confirm/", {"seen": mark_of(page)})
    assert account.transactions.count() == 1


@pytest.mark.parametrize("given", [{}, {"seen": ""}, {"seen": "0" * 32}])
@pytest.mark.parametrize("consent", [{}, {"consent": "on"}])
def test_an_application_that_nobody_was_shown_is_not_sent_in(signed_in, given, consent):
    path = fill(signed_in)
    page = signed_in.post(f"{path}review/", given | consent).text
    assert "The application was changed in another tab." in page
    assert " checked" not in page
    assert of(path).status == "draft"
    signed_in.post(f"{path}review/", {"seen": mark_of(page), "consent": "on"})
    assert of(path).status == "approved"


@pytest.mark.parametrize("changed", [{"amount": Decimal(9_000)}, {"yearly_income": None}])
def test_a_change_of_the_last_moment_is_not_sent_in_unseen(signed_in, monkeypatch, changed):
    """By another tab, once the page has read the application and before it is locked."""
    path = fill(signed_in)
    submit = views.submission.submit

    def changed_first(application, now, mark):
        Application.objects.filter(pk=application.pk).update(**changed)
        return submit(application, now, mark)

    monkeypatch.setattr(views.submission, "submit", changed_first)
    page = confirm(signed_in, f"{path}review/", consent="on").text
    assert "The application was changed in another tab." in page
    assert ("$9,000.00" in page) == ("amount" in changed)
    assert of(path).status == "draft"
