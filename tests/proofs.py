"""Which tests prove which of the portal's faults to be visible from outside.

``@proves("mail_lost")`` on a test says so, and it is held to it: the fixture of its portal
fails a test that did not turn the fault on. tests/integration/test_portal_faults_catalogue.py
reads the marks and fails where a fault of the portal has none.
"""

from __future__ import annotations

from typing import Any

import pytest


def proves(*faults: str) -> pytest.MarkDecorator:
    """The test shows from outside that each of ``faults`` has its effect."""
    return pytest.mark.proves(*faults)


def proved_by_each(*faults: str) -> list[Any]:
    """Parameters of a test that proves one fault at a time."""
    return [pytest.param(fault, marks=proves(fault)) for fault in faults]


def marked(node: pytest.Item) -> set[str]:
    """What the test is to prove."""
    return {fault for mark in node.iter_markers("proves") for fault in mark.args}


def held_to_its_marks(node: pytest.Item, turned_on: set[str]) -> None:
    """Fails where a fault was never on that the test is to prove."""
    missed = marked(node) - turned_on
    assert not missed, f"marked as proved, and never on: {', '.join(sorted(missed))}"


def pytest_collection_finish(session: pytest.Session) -> None:
    """As a plugin (``-p tests.proofs``) it says what is proved, a line each."""
    for fault in sorted(set().union(*map(marked, session.items))):
        print(f"proved: {fault}")
