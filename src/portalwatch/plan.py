"""The plan: what ``portalwatch.yaml`` says, as frozen values with every default filled in.

Durations are seconds, sizes bytes. ``config.load`` makes a plan; the forms in which the
values are written are in ``plan_values``, every key is described in docs/configuration.md.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    ValidationInfo,
    model_validator,
)

from portalwatch import plan_values
from portalwatch.model import CHANNELS
from portalwatch.plan_values import Address
from portalwatch.secret_sources import SecretSource, secret_source

Trace = Literal["off", "on", "retain-on-failure", "on-retry"]
Engine = Literal["chromium", "firefox", "webkit"]


@dataclass(frozen=True, slots=True)
class Known:
    """The names that a plan may use: pydantic's context while a plan is read."""

    checks: Collection[str]
    browsers: Collection[str]
    accounts: Collection[str]  # their names and their tags


def _known_check(word: str, info: ValidationInfo) -> str:
    if isinstance(info.context, Known) and word not in info.context.checks:
        fix = plan_values.choose(word, info.context.checks)
        raise ValueError(f"'{word}' is not a check of this project ({fix})")
    return word


def _known_browser(word: str, info: ValidationInfo) -> str:
    if isinstance(info.context, Known) and word not in info.context.browsers:
        fix = plan_values.choose(word, info.context.browsers)
        raise ValueError(f"'{word}' is not a browser ({fix})")
    return word


def _known_account(word: str, info: ValidationInfo) -> str:
    if isinstance(info.context, Known) and word not in info.context.accounts:
        fix = plan_values.choose(word, info.context.accounts)
        raise ValueError(f"'{word}' is neither an account nor a tag of one ({fix})")
    return word


def _user_id(value: Any) -> str | SecretSource:
    return secret_source(value) if isinstance(value, dict) else plan_values.text(value)


def _or_variable(form: Callable[[Any], str], value: Any) -> str | SecretSource:
    return secret_source(value) if isinstance(value, dict) else form(value)


def _duration(least: float) -> PlainValidator:
    return PlainValidator(partial(plan_values.duration, least=least))


def _number(least: int, most: int) -> PlainValidator:
    return PlainValidator(partial(plan_values.whole_number, least=least, most=most))


Duration = Annotated[float, _duration(0.001)]
Text = Annotated[str, PlainValidator(plan_values.text)]
Name = Annotated[str, PlainValidator(plan_values.name)]
Truth = Annotated[bool, PlainValidator(plan_values.truth)]
Texts = Annotated[tuple[Text, ...], BeforeValidator(plan_values.values)]
Attempts = Annotated[int, _number(2, 100)]
Names = Annotated[tuple[Name, ...], BeforeValidator(plan_values.values)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class PortalPlan(_Section):
    """The portal: its name for readers, and where it is or how it is started."""

    name: Text = Field(examples=["Provider Portal"])
    url: Annotated[str | None, PlainValidator(plan_values.web_address)] = None
    start: Annotated[str | None, PlainValidator(plan_values.object_path)] = None
    allowed_hosts: Annotated[
        tuple[Annotated[str, PlainValidator(plan_values.host_name)], ...],
        BeforeValidator(plan_values.some_values),
    ] = ()  # that journeys may be led to, besides its own
    attempts: Attempts = 3  # failed sign-ins in a row after which it locks an account

    @model_validator(mode="after")
    def _is_in_one_place(self) -> PortalPlan:
        if self.url and self.start:
            raise ValueError("has both 'url' and 'start' (remove one of them)")
        if not self.url and not self.start:
            raise ValueError(
                "has neither 'url' nor 'start' (add 'url: https://…', or "
                "'start: module:function' for a portal that the project starts itself)"
            )
        return self


class RecyclePlan(_Section):
    """When a worker process is replaced by a fresh one: at whichever comes first."""

    runs: Annotated[int, _number(1, 1_000_000)] = 500
    age: Annotated[float, _duration(60.0)] = 6 * 3600.0
    memory: Annotated[int, PlainValidator(partial(plan_values.size, least=256 * 10**6))] = (
        1_500_000_000  # of its whole process tree, as PSS
    )


class MonitorPlan(_Section):
    """The monitor itself: its address, its workers, how long it remembers."""

    listen: Annotated[Address, PlainValidator(plan_values.address)] = Address("127.0.0.1", 9464)
    workers: Annotated[int, _number(1, 64)] = 1
    lanes: Annotated[int, _number(1, 32)] = 4
    drain: Annotated[float, _duration(0.0)] = 30.0
    stall: Annotated[float, _duration(1.0)] = 10.0
    recycle: RecyclePlan = RecyclePlan()
    keep: Annotated[float, _duration(3600.0)] = 90 * 86400.0


class RunPlan(_Section):
    """How a check is run: the section ``defaults``, which every check may override."""

    every: Annotated[float, _duration(1.0)] = 60.0
    jitter: Annotated[float, _duration(0.0)] = 5.0
    deadline: Annotated[float, _duration(1.0)] = 60.0
    timeout: Duration = 10.0
    browsers: Annotated[
        tuple[
            Annotated[str, PlainValidator(plan_values.text), AfterValidator(_known_browser)], ...
        ],
        BeforeValidator(plan_values.some_values),
    ] = ("chromium", "firefox")
    down_after: Annotated[int, _number(1, 100)] = 2
    confirm: Truth = True
    trace: Annotated[Trace, PlainValidator(partial(plan_values.one_of, options=Trace.__args__))] = (
        "on-retry"
    )


class MailboxPlan(_Section):
    """Where the portal's mail, or its texts, can be read: in one of three ways."""

    maildir: Annotated[
        str | SecretSource | None, PlainValidator(partial(_or_variable, plan_values.absolute_path))
    ] = None
    imap: Annotated[str | None, PlainValidator(plan_values.imap_address)] = None
    http: Annotated[
        str | SecretSource | None, PlainValidator(partial(_or_variable, plan_values.inbox_address))
    ] = None
    user: Annotated[str | SecretSource | None, PlainValidator(_user_id)] = None
    password: Annotated[SecretSource | None, PlainValidator(secret_source)] = None

    @model_validator(mode="after")
    def _is_one_mailbox(self) -> MailboxPlan:
        ways = [way for way in ("maildir", "imap", "http") if getattr(self, way) is not None]
        if len(ways) > 1:
            raise ValueError(f"has both '{ways[0]}' and '{ways[1]}' (remove one of them)")
        if not ways:
            raise ValueError("says nothing of where it is (add 'maildir:', 'imap:' or 'http:')")
        for key in ("user", "password"):
            given = getattr(self, key) is not None
            if given and not self.imap:
                raise ValueError(f"has a '{key}', which '{ways[0]}' has no use for (remove it)")
            if self.imap and not given:
                example = "user: name" if key == "user" else "password: {env: NAME}"
                raise ValueError(f"has no '{key}' for the mail server (add '{example}')")
        return self

    @property
    def kind(self) -> str:
        """ "maildir", "imap" or "http"."""
        return "maildir" if self.maildir else "imap" if self.imap else "http"


class MailboxesPlan(_Section):
    """Where what the portal sends to its accounts arrives."""

    mail: MailboxPlan | None = None
    texts: MailboxPlan | None = None


class BrowserPlan(_Section):
    """A browser of the plan's own, beside the well-known ones."""

    engine: Annotated[
        Engine, PlainValidator(partial(plan_values.one_of, options=Engine.__args__))
    ] = Field(examples=["chromium"])
    executable: Annotated[str | None, PlainValidator(plan_values.absolute_path)] = None
    channel: Annotated[str | None, PlainValidator(plan_values.text)] = None
    args: Texts = ()

    @model_validator(mode="after")
    def _is_one_browser(self) -> BrowserPlan:
        if self.executable and self.channel:
            raise ValueError("has both 'executable' and 'channel' (remove one of them)")
        if self.channel not in (None, *CHANNELS[self.engine]):
            offered = ", ".join(CHANNELS[self.engine])
            raise ValueError(
                f"channel '{self.channel}' is none of {self.engine}'s"
                f" ({f'choose from {offered}' if offered else 'leave it out'})"
            )
        return self


class AccountPlan(_Section):
    """A test account. Without ``origins`` its secrets go to the portal's own origin only."""

    user_id: Annotated[str | SecretSource, PlainValidator(_user_id)] = Field(
        examples=["amara.okafor"]
    )
    name: Text = Field(examples=["Dr. Amara Okafor"])
    password: Annotated[SecretSource, PlainValidator(secret_source)] = Field(
        examples=["{env: NAME}"]
    )
    totp: Annotated[SecretSource | None, PlainValidator(secret_source)] = None
    backup_codes: Annotated[SecretSource | None, PlainValidator(secret_source)] = None
    tags: Names = ()
    origins: Annotated[
        tuple[Annotated[str, PlainValidator(plan_values.origin)], ...],
        BeforeValidator(plan_values.some_values),
    ] = ()
    mail: Annotated[str | SecretSource | None, PlainValidator(_user_id)] = None
    texts: Annotated[str | SecretSource | None, PlainValidator(_user_id)] = None
    attempts: Annotated[int | None, _number(2, 100)] = None  # where it differs from the portal's
    destructive: Truth = False  # for checks that may lock it, or change its password


class CheckPlan(RunPlan):
    """A check that is watched; what it does not say itself is filled in from ``defaults``."""

    check: Annotated[str, PlainValidator(plan_values.text), AfterValidator(_known_check)] = Field(
        examples=["login.provider_signs_in"]
    )
    account: Annotated[
        str | None, PlainValidator(plan_values.text), AfterValidator(_known_account)
    ] = None
    slow_after: Annotated[float | None, PlainValidator(plan_values.duration)] = None
    reuse_sign_in: Annotated[float | None, PlainValidator(plan_values.duration)] = None
    tags: Names = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole plan. Two plans that differ only in their lines are equal."""

    portal: PortalPlan
    monitor: MonitorPlan
    defaults: RunPlan
    browsers: Mapping[str, BrowserPlan]
    accounts: Mapping[str, AccountPlan]
    checks: tuple[CheckPlan, ...]
    mailboxes: MailboxesPlan = field(default_factory=MailboxesPlan)
    file: str = field(default="portalwatch.yaml", compare=False)
    lines: Mapping[str, int] = field(default_factory=dict, compare=False, repr=False)

    def at(self, key: str) -> str:
        """Where ``key`` (``accounts.basic.password``) stands, as messages begin."""
        line = self.lines.get(key)
        return f"{self.file}:{line}: {key}" if line else f"{self.file}: {key}"

    def secret_variables(self) -> tuple[str, ...]:
        """The environment variables that hold secrets of accounts, or name files that do."""
        boxes = (self.mailboxes.mail, self.mailboxes.texts)
        written = (
            value
            for section in (*self.accounts.values(), *boxes)
            if section is not None
            for _, value in section
        )
        sources = (value for value in written if isinstance(value, SecretSource))
        return tuple(name for source in sources for name in source.variables)

    def attempts_of(self, account: AccountPlan) -> int:
        """How many failed sign-ins in a row lock ``account``."""
        return account.attempts or self.portal.attempts

    def accounts_for(self, check: CheckPlan) -> tuple[str, ...]:
        """The names of the accounts that ``check`` may use; none where it needs none."""
        return tuple(
            name
            for name, account in self.accounts.items()
            if check.account == name or check.account in account.tags
        )
