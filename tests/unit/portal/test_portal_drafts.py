"""Drafts of applications: thrown away, once asked."""

from __future__ import annotations

import pytest
from django.shortcuts import get_object_or_404
from django.test import Client

from portal.accounts.models import Provider
from portal.applications import drafts, views
from portal.financing.models import Application
from tests.unit.portal.applying import begin, fill, of
from tests.unit.portal.confirming import confirm


@pytest.fixture
def draft(signed_in) -> str:
    """The path of a draft."""
    return fill(signed_in, "contact")


def test_it_asks_before_it_deletes(signed_in, draft):
    assert f'href="{draft}delete/"' in signed_in.get(draft).text
    page = signed_in.get(f"{draft}delete/").text
    assert f"<h1>Delete draft {of(draft).reference}?</h1>" in page
    assert "Grace Bellamy" in page
    assert of(draft)


def test_a_draft_that_is_deleted_is_gone(signed_in, draft):
    answer = signed_in.post(f"{draft}delete/")
    assert answer.url == "/applications/?notice=deleted"
    assert "The draft is deleted." in signed_in.get(answer.url).text
    for path in (draft, f"{draft}income/", f"{draft}review/"):
        assert signed_in.get(path).status_code == 404
    assert signed_in.post(f"{draft}income/", {"yearly_income": "1"}).status_code == 404


def test_the_same_button_twice_says_the_same(signed_in, draft):
    answers = [signed_in.post(f"{draft}delete/").url for _ in range(2)]
    assert answers == ["/applications/?notice=deleted"] * 2
    assert signed_in.get(f"{draft}delete/").url == answers[0]  # the back button


@pytest.mark.parametrize("status", ["pending", "approved", "declined"])
def test_what_was_sent_in_is_never_deleted(signed_in, draft, status):
    Application.objects.filter(pk=of(draft).pk).update(status=status)
    for answer in (signed_in.get(f"{draft}delete/"), signed_in.post(f"{draft}delete/")):
        assert answer.url == f"{draft}decision/"
    assert "/delete/" not in signed_in.get(draft).text
    assert of(draft).status == status


def test_another_practices_draft_is_not_there(signed_in, draft, members):
    other = Client()
    other.force_login(Provider.objects.get(user_id=members["totp"].user_id))
    assert other.get(f"{draft}delete/").status_code == 404
    assert other.post(f"{draft}delete/").status_code == 404
    assert of(draft)


def test_a_draft_deleted_while_it_is_sent_in_is_not_found(signed_in, monkeypatch):
    path = fill(signed_in)

    submit = views.submission.submit

    def deleted_first(application, now, mark):
        Application.objects.filter(pk=application.pk).delete()
        return submit(application, now, mark)

    monkeypatch.setattr(views.submission, "submit", deleted_first)
    assert confirm(signed_in, f"{path}review/", consent="on").status_code == 404


@pytest.fixture
def meanwhile(monkeypatch):
    """What another tab does after a page has read its draft, and before it deletes it."""

    def meanwhile(happens) -> None:
        def read_first(rows):
            found = get_object_or_404(rows)
            happens(Application.objects.filter(pk=found.pk))
            return found

        monkeypatch.setattr(drafts, "get_object_or_404", read_first)

    return meanwhile


def test_a_draft_sent_in_while_it_is_deleted_stays(signed_in, draft, meanwhile):
    meanwhile(lambda rows: rows.update(status="pending"))
    assert signed_in.post(f"{draft}delete/").url == f"{draft}decision/"
    assert of(draft).status == "pending"


def test_the_same_button_twice_at_once_says_the_same(signed_in, draft, meanwhile):
    meanwhile(lambda rows: rows.delete())
    answer = signed_in.post(f"{draft}delete/")
    assert answer.url == "/applications/?notice=deleted"
    assert signed_in.get(f"{draft}delete/").url == answer.url


def test_many_deleted_ones_do_not_fill_the_session(signed_in):
    for _ in range(25):
        path = begin(signed_in).url.removesuffix("contact/")
        signed_in.post(f"{path}delete/")
    assert len(signed_in.session["deleted_applications"]) == 20
