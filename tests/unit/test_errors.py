"""The exceptions of portalwatch."""

import pytest

from portalwatch.errors import (
    BrowserMissing,
    ClaimFailed,
    ConfigError,
    Deadline,
    OperatorError,
    PortalwatchError,
    first_line,
)
from portalwatch.model import Cause


def test_it_shows_every_problem_of_a_configuration_on_a_line_of_its_own():
    error = ConfigError("plan.yaml:3: checks: unknown key", "plan.yaml:9: every: '5x'")
    assert error.problems == ("plan.yaml:3: checks: unknown key", "plan.yaml:9: every: '5x'")
    assert str(error) == "plan.yaml:3: checks: unknown key\nplan.yaml:9: every: '5x'"


def test_it_says_how_to_install_a_missing_browser():
    error = BrowserMissing("firefox is not installed", fix="portalwatch browsers install firefox")
    assert error.fix == "portalwatch browsers install firefox"
    assert str(error) == ("firefox is not installed (fix: portalwatch browsers install firefox)")


@pytest.mark.parametrize(
    "error", [ConfigError("a problem"), BrowserMissing("none", fix="install one")]
)
def test_it_leaves_to_the_operator_what_only_the_operator_can_mend(error):
    assert isinstance(error, OperatorError)
    assert isinstance(error, PortalwatchError)


def test_a_false_claim_is_no_mistake_of_the_operator():
    claim = ClaimFailed("no greeting", cause=Cause.CONTENT_WRONG)
    assert not isinstance(claim, OperatorError)
    assert claim.cause == Cause.CONTENT_WRONG
    assert ClaimFailed("no greeting").cause is None


def test_a_flow_that_swallows_exceptions_does_not_swallow_its_deadline():
    def flow() -> None:
        try:
            raise Deadline
        except Exception:
            pytest.fail("the deadline was swallowed")

    with pytest.raises(Deadline):
        flow()


def test_the_first_line_of_an_exception_is_never_empty() -> None:
    assert first_line(KeyError()) == "KeyError"
    assert first_line(ValueError("\n\none\ntwo")) == "one"
