"""The exceptions of portalwatch.

    PortalwatchError
    ├── OperatorError            an operator's mistake: one line with the fix, exit code 2
    │   ├── ConfigError          problems in portalwatch.yaml or in the project's files
    │   ├── BrowserMissing       a browser that was asked for is not installed
    │   ├── AccountUnavailable   a test account must not be tried
    │   └── MailboxUnavailable   mail or texts cannot be read where they arrive
    └── ClaimFailed              a check's claim is false: the portal's doing

``Deadline`` is apart: it derives from ``BaseException``, so that a flow's
``except Exception`` cannot swallow the end of its run.
"""

from __future__ import annotations


class PortalwatchError(Exception):
    """Base of every exception that portalwatch raises on purpose."""


class OperatorError(PortalwatchError):
    """Something only the operator can mend. ``str()`` of it is one line a problem."""


class ConfigError(OperatorError):
    """All problems found in the configuration, each as ``file:line: key: what (fix)``."""

    def __init__(self, *problems: str) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


class BrowserMissing(OperatorError):
    """A browser that can be driven is not installed; ``fix`` is the command that installs it.

    ``message`` is the text without the fix.
    """

    def __init__(self, message: str, *, fix: str) -> None:
        self.message, self.fix = message, fix
        super().__init__(f"{message} (fix: {fix})")


class AccountUnavailable(OperatorError):
    """A test account must not be tried now: it is paused, or might get locked."""


class MailboxUnavailable(OperatorError):
    """Where mail or texts arrive cannot be read: our own trouble, not the portal's."""


class ClaimFailed(PortalwatchError):
    """A claim about the portal is false. ``cause`` is a value of ``model.Cause``, if known."""

    def __init__(self, message: str, *, cause: str | None = None) -> None:
        self.cause = cause
        super().__init__(message)


class Deadline(BaseException):
    """Thrown into a journey when its time is over."""


def first_line(problem: BaseException) -> str:
    """The first line of the exception's text, or its type's name where it has none."""
    try:
        text = str(problem).strip()
    except Exception:  # a check's own exception may be broken, too
        text = ""
    return text.splitlines()[0] if text else type(problem).__name__
