"""The portal on PostgreSQL: a server of our own, from the first table to a reset."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from html import unescape

import httpx
import psycopg
import pytest

from tests.integration.postgresql_server import empty_database, programs
from tests.integration.test_portal import Portal, running
from tests.integration.test_portal_command import run
from tests.waiting import wait_until

pytestmark = pytest.mark.skipif(
    programs() is None, reason="no PostgreSQL server is installed here, nor could one be unpacked"
)

TOKEN = {"Authorization": "Bearer a-token-for-tests"}
CONTACT = {
    "email": "grace@mail.example",
    "phone": "(202) 555-0143",
    "street": "12 Elm Street",
    "city": "Asheville",
    "state": "NC",
    "postcode": "28801",
}


class Provider(httpx.Client):
    """A browser without scripts: fills in the forms that it is shown."""

    last = ""  # the address that the last form led to

    def page(self, path: str) -> str:
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text

    def fill(self, path: str, **fields: str) -> str:
        """Posts the form of that page with its hidden fields; gives the page it leads to."""
        shown = self.page(path)
        hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', shown))
        answer = self.post(path, data={**hidden, **fields})
        assert answer.status_code == 200, answer.text
        self.last = str(answer.url)
        return unescape(answer.text)


@contextmanager
def signed_in(portal: Portal) -> Iterator[Provider]:
    account = portal.accounts["basic"]
    with Provider(base_url=portal.url, follow_redirects=True, timeout=60) as provider:
        page = provider.fill("/sign-in/", user_id=account["user_id"], password=account["password"])
        assert f"Welcome, {account['name']}" in page
        yield provider


def count(page: str) -> int:
    """How many the list says that there are."""
    found = re.search(r"[0-9,]+ to [0-9,]+ of ([0-9,]+)", page)
    return int(found[1].replace(",", "")) if found else 0


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    with empty_database() as url:
        with psycopg.connect(url, autocommit=True) as operator:
            # What an operator may have there already, by a name that anybody may choose.
            operator.execute("CREATE SCHEMA seeded")
            operator.execute("CREATE TABLE seeded.of_theirs AS SELECT 1 AS number")
            operator.execute("CREATE ROLE guest LOGIN")
            operator.execute("CREATE SCHEMA guest AUTHORIZATION guest")
        yield url


@pytest.fixture(scope="module")
def portal(database: str) -> Iterator[Portal]:
    token = TOKEN["Authorization"].removeprefix("Bearer ")
    with running(PORTAL_DATABASE_URL=database, PORTAL_CONTROL_TOKEN=token) as portal:
        yield portal


@pytest.fixture
def provider(portal: Portal) -> Iterator[Provider]:
    with signed_in(portal) as provider:
        yield provider


@pytest.mark.parametrize(
    "path",
    [
        "/dashboard/",
        "/transactions/?sort=-amount",
        "/transactions/?status=declined&sort=amount",
        "/transactions/?kind=refund&since=2020-01-01&sort=amount",
        "/transactions/overdue/",
        "/patients/?q=a",
        "/patients/?q=555-0143",
        "/applications/?status=pending",
        "/reports/?range=year",
        "/reports/report.csv?range=year",
        "/resources/faq/?q=refund",
        "/support/",
        "/account/",
        "/account/security/",
    ],
)
def test_its_pages_are_there(provider, path):
    assert provider.page(path)


def test_it_has_all_the_records(provider):
    assert count(provider.page("/transactions/")) == 1_000
    assert count(provider.page("/patients/")) == 100
    page = provider.page("/transactions/?kind=sale&sort=-amount")
    amounts = [float(a.replace(",", "")) for a in re.findall(r">\$([0-9,.]+)</td>", page)]
    assert len(amounts) == 25
    assert amounts == sorted(amounts, reverse=True)


def test_it_finds_by_number_although_it_sorts_by_a_language(provider):
    page = provider.page("/transactions/")
    reference = re.search(r"/transactions/(T-[0-9]+-[0-9]+)/", page)[1]
    assert count(provider.page(f"/transactions/?q={reference}")) == 1
    assert count(provider.page(f"/transactions/?q={reference.lower()[:-2]}")) >= 10
    account = re.search(r"AC-[0-9]+-[0-9]+", provider.page(f"/transactions/{reference}/"))[0]
    assert count(provider.page(f"/transactions/?q={account}")) == 10
    assert count(provider.page(f"/transactions/new-sale/?q={account}")) == 1
    assert count(provider.page("/transactions/?q=nobody")) == 0


def test_a_sale_is_posted_and_a_reset_takes_it_back(portal, provider):
    account = re.search(r"AC-[0-9]+-[0-9]+", provider.page("/patients/"))[0]
    provider.fill(f"/transactions/new-sale/{account}/", amount="600", description="Braces, café")
    provider.fill(provider.last, plan="NI-6")
    assert "Sale complete" in provider.fill(provider.last)
    assert count(provider.page("/transactions/")) == 1_001
    reset = httpx.post(f"{portal.url}/control/reset", headers=TOKEN, timeout=60)
    assert reset.status_code == 200, reset.text
    print(f"reset in {reset.json()['seconds']} s")
    assert provider.get("/transactions/").url.path == "/sign-in/"  # the session went, too
    with signed_in(portal) as again:
        assert count(again.page("/transactions/")) == 1_000
        # The sequences were put back as well: new rows get keys that are free.
        again.fill(f"/transactions/new-sale/{account}/", amount="600", description="Again")
        again.fill(again.last, plan="NI-6")
        assert "Sale complete" in again.fill(again.last)


def test_two_drafts_of_a_patient_sent_in_at_once_are_decided_one_after_the_other(database, portal):
    """Both are in, and wait for the patient: the second one sees what became of the first."""
    with signed_in(portal) as one, signed_in(portal) as other, ThreadPoolExecutor(2) as threads:
        address = _free_to_apply(one)
        for provider in (one, other):
            provider.fill(address)
            provider.fill(provider.last, **CONTACT)
            # Pending, whatever limit the patient has had so far.
            provider.fill(provider.last, yearly_income="80000", yearly_housing="0")
            provider.fill(provider.last, treatment="Crown", amount="16500")
            assert provider.last.endswith("/review/")
        with psycopg.connect(database) as ours:
            lock = "SELECT FROM financing_patient WHERE number = %s FOR UPDATE"
            ours.execute(lock, [address.split("/")[-2]])
            sent = [
                threads.submit(provider.fill, provider.last, consent="on")
                for provider in (one, other)
            ]
            with psycopg.connect(database, autocommit=True) as watcher:
                waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                wait_until(
                    lambda: watcher.execute(waiting).fetchone() == (2,),
                    seconds=20,
                    what="both to wait for the patient",
                )
            ours.rollback()
        pages = [page.result() for page in sent]
        assert sorted("The decision is pending" in page for page in pages) == [False, True]
        assert sorted("is waiting for its decision." in page for page in pages) == [False, True]


def _free_to_apply(provider: Provider) -> str:
    """The address of an application for a patient who has nothing overdue."""
    page = provider.page("/applications/existing/?q=a")
    patients = re.findall(r"/applications/existing/PT-[0-9-]+/", page)
    return next(found for found in patients if "Start application" in provider.page(found))


def test_what_an_operator_has_in_the_database_is_left_alone(database, portal):
    with psycopg.connect(database) as operator:
        assert operator.execute("SELECT number FROM seeded.of_theirs").fetchone() == (1,)
        kept = operator.execute("SELECT count(*) FROM meridian_portal_seeded.accounts_provider")
        assert kept.fetchone() >= (10,)


def test_without_the_right_to_make_a_schema_it_says_so_in_one_line(database):
    theirs = database.replace("//portal@", "//guest@")
    ended = run(PORTAL_DATABASE_URL=theirs, PORTAL_CONTROL_TOKEN="t")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith(
        "portal: error: cannot use the database of PORTAL_DATABASE_URL: permission denied for"
    )
    assert ended.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "path",
    [
        "/transactions/T-%00/",
        "/transactions/new-sale/%00/",
        "/applications/A%00/",
        "/applications/existing/%00/",
        "/support/requests/%00/",
        "/transactions/T-%F0%9F%A6%B7/",
    ],
)
def test_a_path_that_no_text_of_it_can_hold_is_a_page_not_found(provider, path):
    assert provider.get(path).status_code == 404


def test_a_text_that_it_cannot_hold_is_refused(provider):
    for path in ("/transactions/", "/patients/", "/resources/faq/"):
        assert provider.get(f"{path}?q=%00").status_code == 200
    assert provider.get("/applications/?status=%00").status_code == 200


def test_started_again_it_goes_on_and_can_still_be_reset(database):
    """The records are no longer as seeded, so there is nothing to copy: they are made anew."""
    token = TOKEN["Authorization"].removeprefix("Bearer ")
    with running(PORTAL_DATABASE_URL=database, PORTAL_CONTROL_TOKEN=token) as portal:
        with signed_in(portal) as provider:
            assert count(provider.page("/transactions/?q=nobody")) == 0
        for _ in range(2):
            reset = httpx.post(f"{portal.url}/control/reset", headers=TOKEN, timeout=60)
            assert reset.status_code == 200, reset.text
        with signed_in(portal) as provider:
            assert count(provider.page("/transactions/")) == 1_000
