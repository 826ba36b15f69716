"""Secrets that do not show themselves."""

import copy
import logging
import pickle
import traceback

import pytest

from portalwatch.secrets import MASK, Secret

PASSWORD = "correct-horse-battery"


@pytest.fixture
def secret():
    return Secret(PASSWORD)


def test_it_gives_its_value_only_when_asked(secret):
    assert secret.reveal() == PASSWORD


@pytest.mark.parametrize(
    "show",
    [
        repr,
        str,
        "{}".format,
        "{!r}".format,
        lambda s: f"{s}",
        lambda s: f"{s!s:>40}",
        "%s".__mod__,
        "%r".__mod__,
        lambda s: repr([s, {"password": s}]),
    ],
)
def test_it_does_not_show_itself_in_a_text(secret, show):
    assert PASSWORD not in show(secret)
    assert MASK in show(secret)


def test_it_does_not_show_itself_in_a_log(secret, caplog):
    with caplog.at_level(logging.INFO):
        logging.getLogger("portal").info("signing in with %s", secret)
    assert caplog.messages == [f"signing in with {MASK}"]


def test_it_does_not_show_itself_in_a_traceback(secret):
    with pytest.raises(TypeError) as caught:
        secret + "x"
    assert PASSWORD not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_it_refuses_to_be_pickled(secret, protocol):
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(secret, protocol)


def test_it_refuses_to_be_copied_by_way_of_pickling(secret):
    with pytest.raises(TypeError, match="not pickled"):
        copy.deepcopy({"password": secret})


def test_it_equals_a_secret_of_the_same_value_and_no_plain_text(secret):
    assert secret == Secret(PASSWORD)
    assert hash(secret) == hash(Secret(PASSWORD))
    assert secret != Secret("another")
    assert secret != PASSWORD


def test_it_keeps_no_other_attributes(secret):
    with pytest.raises(AttributeError):
        secret.note = PASSWORD
