# ruff: noqa: E501 - every message stands on one line, as an operator reads it
"""Every invalid plan of the folder invalid_plans, with exactly what is said about it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from portalwatch.config import load
from portalwatch.errors import ConfigError

FOLDER = Path(__file__).with_name("invalid_plans")
CHECKS = ("login.signs_in", "two_factor.refuses_wrong_code")
BROWSERS = ("chromium", "firefox", "webkit", "chrome", "edge")

MESSAGES = {
    "account_incomplete": [
        "portalwatch.yaml:3: accounts.basic.name: is missing (add 'name: Dr. Amara Okafor')",
        "portalwatch.yaml:3: accounts.basic.password: is missing (add 'password: {env: NAME}')",
        "portalwatch.yaml:3: accounts.basic.user_id: is missing (add 'user_id: amara.okafor')",
    ],
    "account_is_a_password": [
        "portalwatch.yaml:3: accounts.basic: is a single value, not a mapping (write its keys indented below it)",
    ],
    "account_name_and_tag": [
        "portalwatch.yaml:11: accounts.second.tags[0]: 'basic' is also the name of an account (rename one of them)",
    ],
    "account_name_with_space": [
        "portalwatch.yaml:3: accounts.basic one: 'basic one' is not a name (use letters, digits, '-' and '_')",
    ],
    "account_unknown": [
        "portalwatch.yaml:9: checks[0].account: 'bassic' is neither an account nor a tag of one (did you mean 'basic'?)",
    ],
    "account_without_any": [
        "portalwatch.yaml:4: checks[0].account: 'basic' is neither an account nor a tag of one (there is none to choose from)",
    ],
    "account_limit": [
        "portalwatch.yaml:1: portal.attempts: 1 is out of range (write a number from 2 to 100)",
        "portalwatch.yaml:7: accounts.basic.attempts: 'three' is not a whole number (write one from 2 to 100)",
        "portalwatch.yaml:8: accounts.basic.destructive: 'yes' is not true or false (write true)",
    ],
    "alias_bomb": [
        "portalwatch.yaml: grows to more than 100000 values (use fewer aliases within aliases)",
    ],
    "alias_of_itself": [
        "portalwatch.yaml:1: portal.url: an alias here refers to what it is itself a part of (write it out)",
    ],
    "alias_without_anchor": [
        "portalwatch.yaml:3:10: is not YAML: an alias has no anchor before it (mark the value with & and its name)",
    ],
    "browser_of_unknown_channel": [
        "portalwatch.yaml:3: browsers.pinned: channel 'msegde' is none of chromium's (choose from chromium, chromium-headless-shell, chrome, chrome-beta, chrome-dev, msedge, msedge-beta, msedge-dev)",
        "portalwatch.yaml:4: browsers.other: channel 'canary' is none of webkit's (leave it out)",
    ],
    "browser_of_unknown_engine": [
        "portalwatch.yaml:3: browsers.pinned.engine: 'trident' is not known (choose from: chromium, firefox, webkit)",
    ],
    "browser_shadows_well_known": [
        "portalwatch.yaml:3: browsers.firefox: 'firefox' is a well-known browser (choose another name)",
    ],
    "browser_twice": [
        "portalwatch.yaml:3: defaults.browsers: 'chromium' stands twice in the list (keep one)",
    ],
    "browser_unknown": [
        "portalwatch.yaml:4: checks[0].browsers[1]: 'fierfox' is not a browser (did you mean 'firefox'?)",
    ],
    "browser_with_path_and_channel": [
        "portalwatch.yaml:3: browsers.pinned: has both 'executable' and 'channel' (remove one of them)",
    ],
    "browser_with_relative_path": [
        "portalwatch.yaml:3: browsers.pinned.executable: 'bin/chrome' is not an absolute path (begin it with '/')",
    ],
    "browser_without_engine": [
        "portalwatch.yaml:3: browsers.pinned.engine: is missing (add 'engine: chromium')",
    ],
    "browsers_empty": [
        "portalwatch.yaml:3: defaults.browsers: is an empty list (name at least one, or remove the key)",
    ],
    "browsers_is_text": [
        "portalwatch.yaml:3: defaults.browsers: 'chromium' is not a list (write [chromium])",
    ],
    "check_is_text": [
        "portalwatch.yaml:3: checks[0]: is a single value, not a mapping (write its keys indented below it)",
    ],
    "check_missing": [
        "portalwatch.yaml:3: checks[0].check: is missing (add 'check: login.provider_signs_in')",
    ],
    "check_unknown": [
        "portalwatch.yaml:3: checks[0].check: 'login.sign_in' is not a check of this project (did you mean 'login.signs_in'?)",
    ],
    "check_watched_twice": [
        "portalwatch.yaml:5: checks[1].check: 'login.signs_in' is on chromium already by checks[0], line 3 (remove one, or part their browsers)",
    ],
    "check_with_its_prefix": [
        "portalwatch.yaml:3: checks[0].check: 'login.check_signs_in' is not a check of this project (did you mean 'login.signs_in'?)",
    ],
    "checks_empty": [
        "portalwatch.yaml:2: checks: is an empty list (add entries such as '- check: module.claim')",
    ],
    "checks_is_a_mapping": [
        "portalwatch.yaml:2: checks: is not a list (add entries such as '- check: module.claim')",
    ],
    "colon_in_value": [
        "portalwatch.yaml:2:15: is not YAML: a ':' stands in the middle of a value (put it in quotes)",
    ],
    "crooked_indentation": [
        "portalwatch.yaml:3:3: is not YAML: the indentation does not fit the lines above (align it with them)",
    ],
    "deadline_within_timeout": [
        "portalwatch.yaml:3: defaults.deadline: the deadline of 10s is not longer than the timeout of 10s (raise the deadline or lower the timeout)",
    ],
    "defaults_at_fault_for_checks": [
        "portalwatch.yaml:3: defaults.jitter: the jitter of 90s is not shorter than the interval of 1m (lower the jitter or raise 'every')",
        "portalwatch.yaml:4: defaults.deadline: the deadline of 5s is not longer than the timeout of 10s (raise the deadline or lower the timeout)",
        "portalwatch.yaml:7: checks[0].every: the jitter of 90s is not shorter than the interval of 30s (lower the jitter or raise 'every')",
        "portalwatch.yaml:9: checks[0].slow_after: 6s is beyond the deadline of 5s (lower it or raise the deadline)",
        "portalwatch.yaml:12: checks[1].jitter: the jitter of 40s is not shorter than the interval of 30s (lower the jitter or raise 'every')",
        "portalwatch.yaml:13: checks[1].timeout: the deadline of 5s is not longer than the timeout of 1m (raise the deadline or lower the timeout)",
    ],
    "duplicate_key": [
        "portalwatch.yaml:5: monitor.lanes: stands here and on line 3 (keep one)",
    ],
    "duplicate_section": [
        "portalwatch.yaml:4: portal: stands here and on line 1 (keep one)",
    ],
    "duration_empty": [
        "portalwatch.yaml:3: defaults.every: an empty value is not a duration (try '30s')",
    ],
    "duration_in_weeks": [
        "portalwatch.yaml:3: monitor.keep: '1w' is not a duration (try '7d'; days are the largest unit)",
    ],
    "duration_in_words": [
        "portalwatch.yaml:3: defaults.every: 'hourly' is not a duration (try '30s')",
    ],
    "duration_is_a_list": [
        "portalwatch.yaml:3: defaults.timeout: a list is not a duration (try '30s')",
    ],
    "duration_of_two_units": [
        "portalwatch.yaml:4: checks[0].every: '1h30m' is not a duration (try '90m')",
    ],
    "duration_of_unknown_unit": [
        "portalwatch.yaml:4: checks[0].every: '5x' is not a duration (try '5m')",
    ],
    "duration_on_the_clock": [
        "portalwatch.yaml:3: defaults.every: '1:30' is not a duration (try '90s')",
    ],
    "duration_without_unit": [
        "portalwatch.yaml:3: defaults.every: 60 has no unit (try '60s')",
    ],
    "empty": [
        "portalwatch.yaml:1: is empty (begin with 'portal:' and 'checks:')",
    ],
    "every_too_short": [
        "portalwatch.yaml:3: defaults.every: '500ms' is too short (at least '1s')",
    ],
    "jitter_too_long": [
        "portalwatch.yaml:4: checks[0].every: the jitter of 5s is not shorter than the interval of 5s (lower the jitter or raise 'every')",
    ],
    "key_without_colon": [
        "portalwatch.yaml:4:1: is not YAML: a key has no ':' after it (write 'key: value')",
    ],
    "list_as_key": [
        "portalwatch.yaml:4: has a list or mapping as a key (write a plain name)",
    ],
    "listen_ipv6_without_brackets": [
        "portalwatch.yaml:2: monitor.listen: '::1:9464' is ambiguous (write the host as '[::1]:9464')",
    ],
    "listen_is_a_number": [
        "portalwatch.yaml:2: monitor.listen: 9464 is not an address (try '127.0.0.1:9464')",
    ],
    "listen_port_out_of_range": [
        "portalwatch.yaml:2: monitor.listen: '127.0.0.1:70000': port 70000 is out of range (0 to 65535)",
    ],
    "listen_without_host": [
        "portalwatch.yaml:2: monitor.listen: ':9464' has no host (try '127.0.0.1:9464', or '0.0.0.0:9464' for every interface)",
    ],
    "listen_without_port": [
        "portalwatch.yaml:2: monitor.listen: 'localhost' has no port (try '127.0.0.1:9464')",
    ],
    "mailbox_in_no_way": [
        "portalwatch.yaml:3: mailboxes.mail: says nothing of where it is (add 'maildir:', 'imap:' or 'http:')",
        "portalwatch.yaml:4: mailboxes.texts: says nothing of where it is (add 'maildir:', 'imap:' or 'http:')",
    ],
    "mailbox_in_two_ways": [
        "portalwatch.yaml:3: mailboxes.mail: has both 'maildir' and 'http' (remove one of them)",
    ],
    "mailbox_of_imap_incomplete": [
        "portalwatch.yaml:3: mailboxes.mail: has no 'password' for the mail server (add 'password: {env: NAME}')",
        "portalwatch.yaml:4: mailboxes.texts.maildir: 'mail/portal' is not an absolute path (begin it with '/')",
    ],
    "mailbox_that_is_wrong": [
        "portalwatch.yaml:4: mailboxes.mail.imap: 'imap://mail.example.com' would send the password in the clear (use imaps)",
        "portalwatch.yaml:6: mailboxes.texts.http: 'https://sms.example.com/messages' does not say whose messages (try 'https://sms.example.com/messages?to={address}')",
        "portalwatch.yaml:7: mailboxes.post: is not a known key (choose from: mail, texts)",
    ],
    "portal_hosts": [
        "portalwatch.yaml:4: portal.allowed_hosts[0]: '*.example.com' is a wildcard (name each host by itself)",
        "portalwatch.yaml:4: portal.allowed_hosts[1]: 'https://login.example.com' is not the name of a host (try 'login.example.com')",
        "portalwatch.yaml:4: portal.allowed_hosts[3]: 'a:443' is not the name of a host (try 'login.example.com')",
        "portalwatch.yaml:4: portal.allowed_hosts[4]: 7 is a number here, not text (put it in quotes: '7')",
    ],
    "mailbox_that_nothing_tells": [
        "portalwatch.yaml:7: accounts.basic.mail: nothing says where it can be read (add 'mailboxes: {mail: …}')",
        "portalwatch.yaml:8: accounts.basic.texts: nothing says where it can be read (add 'mailboxes: {texts: …}')",
    ],
    "mailbox_with_a_password_in_it": [
        "portalwatch.yaml:3: mailboxes.mail.imap: has a user name or password in it (put them into 'user' and 'password')",
        "portalwatch.yaml:3: mailboxes.mail.password: a secret is written in the clear (write {env: NAME} and put the value into that environment variable)",
    ],
    "many_at_once": [
        "portalwatch.yaml:3: portal.url: 'portal.example' is no http or https address (try 'https://portal.example')",
        "portalwatch.yaml:5: monitor.lane: is not a known key (did you mean 'lanes'?)",
        "portalwatch.yaml:7: defaults.every: 60 has no unit (try '60s')",
        "portalwatch.yaml:12: accounts.basic.password: a secret is written in the clear (write {env: NAME} and put the value into that environment variable)",
        "portalwatch.yaml:14: checks[0].check: 'login.sign_in' is not a check of this project (did you mean 'login.signs_in'?)",
        "portalwatch.yaml:15: checks[0].account: 'nobody' is neither an account nor a tag of one (choose from: basic)",
        "portalwatch.yaml:16: checks[0].browsers[0]: 'netscape' is not a browser (choose from: chrome, chromium, edge, firefox, webkit)",
        "portalwatch.yaml:18: checks[1].timeout: '5x' is not a duration (try '5m')",
    ],
    "merge_bomb": [
        "portalwatch.yaml: grows to more than 100000 values (use fewer aliases within aliases)",
    ],
    "merge_of_a_list_item": [
        "portalwatch.yaml:2: checks[0]: '<<' merges mappings only (write '<<: *name' with a mapping marked &name)",
    ],
    "name_is_a_list": [
        "portalwatch.yaml:1: portal.name: a list is not text (write one line of text)",
    ],
    "name_is_blank": [
        "portalwatch.yaml:1: portal.name: ' ' is blank or of many lines (write one line of text)",
    ],
    "nested_section_is_a_number": [
        "portalwatch.yaml:3: monitor.recycle: is a single value, not a mapping (write its keys indented below it)",
    ],
    "number_is_text": [
        "portalwatch.yaml:2: monitor.lanes: 'four' is not a whole number (write one from 1 to 32)",
    ],
    "number_is_true": [
        "portalwatch.yaml:2: monitor.workers: true is not a whole number (write one from 1 to 64)",
    ],
    "numbers_out_of_range": [
        "portalwatch.yaml:3: monitor.workers: 0 is out of range (write a number from 1 to 64)",
        "portalwatch.yaml:4: monitor.lanes: 64 is out of range (write a number from 1 to 32)",
        "portalwatch.yaml:6: defaults.down_after: 0 is out of range (write a number from 1 to 100)",
    ],
    "origin_with_path": [
        "portalwatch.yaml:7: accounts.basic.origins[0]: 'https://portal.example/login' is more than an origin (write 'https://portal.example')",
    ],
    "password_from_no_variable": [
        "portalwatch.yaml:6: accounts.basic.password: env is not the name of an environment variable (try {env: NAME})",
    ],
    "password_in_the_clear": [
        "portalwatch.yaml:6: accounts.basic.password: a secret is written in the clear (write {env: NAME} and put the value into that environment variable)",
    ],
    "password_of_unknown_source": [
        "portalwatch.yaml:6: accounts.basic.password: is not a source of a secret (write {env: NAME}, {keyring: SERVICE/USER} or {command: [PROGRAM, ARGUMENT]})",
    ],
    "portal_in_two_places": [
        "portalwatch.yaml:1: portal: has both 'url' and 'start' (remove one of them)",
    ],
    "portal_nowhere": [
        "portalwatch.yaml:1: portal: has neither 'url' nor 'start' (add 'url: https://…', or 'start: module:function' for a portal that the project starts itself)",
    ],
    "portal_without_name": [
        "portalwatch.yaml:1: portal.name: is missing (add 'name: Provider Portal')",
    ],
    "reserved_character": [
        "portalwatch.yaml:2:9: is not YAML: a value begins with a character that YAML reserves (put it in quotes)",
    ],
    "section_empty": [
        "portalwatch.yaml:2: monitor: is empty (write its keys indented below it, or remove it)",
    ],
    "section_is_text": [
        "portalwatch.yaml:2: monitor: is a single value, not a mapping (write its keys indented below it)",
    ],
    "sections_missing": [
        "portalwatch.yaml:1: checks: is missing (add the section 'checks:')",
        "portalwatch.yaml:1: portal: is missing (add the section 'portal:')",
    ],
    "size_of_unknown_unit": [
        "portalwatch.yaml:3: monitor.recycle.memory: '2gigs' is not a size (try '2MB'; units are B, KB, MB, GB, KiB, MiB, GiB)",
    ],
    "size_too_small": [
        "portalwatch.yaml:3: monitor.recycle.memory: '1MB' is too small (at least '256MB')",
    ],
    "sign_in_of_nobody": [
        "portalwatch.yaml:4: checks[0].reuse_sign_in: nobody signs in without an account (add 'account: NAME', or remove it)",
    ],
    "size_without_unit": [
        "portalwatch.yaml:3: monitor.recycle.memory: 512 has no unit (try '512MB')",
    ],
    "slow_after_deadline": [
        "portalwatch.yaml:4: checks[0].slow_after: 90s is beyond the deadline of 1m (lower it or raise the deadline)",
    ],
    "start_is_no_object": [
        "portalwatch.yaml:1: portal.start: 'fixtures/portal.py' is not module:function (try 'fixtures.portal:serve')",
    ],
    "tab_indentation": [
        "portalwatch.yaml:2:1: is not YAML: a tab stands in the indentation (indent with spaces)",
    ],
    "tag": [
        "portalwatch.yaml:3: checks[0].check: the tag !!python/name:os.system means nothing here (remove it)",
    ],
    "tag_twice": [
        "portalwatch.yaml:7: accounts.basic.tags: 'one' stands twice in the list (keep one)",
    ],
    "timeout_beyond_deadline": [
        "portalwatch.yaml:4: checks[0].timeout: the deadline of 1m is not longer than the timeout of 2m (raise the deadline or lower the timeout)",
    ],
    "top_level_list": [
        "portalwatch.yaml:1: is not a mapping of sections (begin with 'portal:' and 'checks:')",
    ],
    "totp_in_the_clear": [
        "portalwatch.yaml:7: accounts.basic.totp: a secret is written in the clear (write {env: NAME} and put the value into that environment variable)",
    ],
    "trace_of_another_word": [
        "portalwatch.yaml:3: defaults.trace: 'sometimes' is not known (choose from: off, on, retain-on-failure, on-retry)",
    ],
    "truth_in_yaml_1_1": [
        "portalwatch.yaml:3: defaults.confirm: 'no' is not true or false (write false)",
    ],
    "two_documents": [
        "portalwatch.yaml:4:1: is not YAML: a second document begins here (remove the '---')",
    ],
    "unclosed_list": [
        "portalwatch.yaml:4:7: is not YAML: a list opened with '[' is not closed (write ']')",
    ],
    "unclosed_mapping": [
        "portalwatch.yaml:2:7: is not YAML: a mapping opened with '{' is not closed (write '}')",
    ],
    "unclosed_quote": [
        "portalwatch.yaml:4:1: is not YAML: a quotation mark is never closed (close it)",
    ],
    "unknown_key": [
        "portalwatch.yaml:4: checks[0].evry: is not a known key (did you mean 'every'?)",
    ],
    "unknown_key_far_from_any": [
        "portalwatch.yaml:3: monitor.recycle.zzz: is not a known key (choose from: age, memory, runs)",
    ],
    "unknown_section": [
        "portalwatch.yaml:2: acounts: is not a known key (did you mean 'accounts'?)",
    ],
    "url_of_another_scheme": [
        "portalwatch.yaml:1: portal.url: 'ftp://portal.example' is no http or https address (try 'https://portal.example')",
    ],
    "url_with_bad_port": [
        "portalwatch.yaml:1: portal.url: 'https://portal.example:99999' has no valid host or port (try 'https://host:443')",
    ],
    "url_with_fragment": [
        "portalwatch.yaml:1: portal.url: 'https://portal.example/#/login' has a query or fragment (end it before the '?' or '#')",
    ],
    "url_with_password": [
        "portalwatch.yaml:1: portal.url: has a user name or password in it (put them under 'accounts')",
    ],
    "url_without_host": [
        "portalwatch.yaml:1: portal.url: 'https:///login' has no host (try 'https://portal.example')",
    ],
    "url_without_scheme": [
        "portalwatch.yaml:1: portal.url: 'portal.example/login' is no http or https address (try 'https://portal.example/login')",
    ],
    "user_id_is_a_number": [
        "portalwatch.yaml:4: accounts.basic.user_id: 12345 is a number here, not text (put it in quotes: '12345')",
    ],
}


@pytest.mark.parametrize("plan", MESSAGES)
def test_it_says_exactly_what_is_wrong_and_how_to_mend_it(plan: str, tmp_path: Path) -> None:
    file = tmp_path / "portalwatch.yaml"
    shutil.copy(FOLDER / f"{plan}.yaml", file)
    with pytest.raises(ConfigError) as caught:
        load(file, known_checks=CHECKS, known_browsers=BROWSERS)
    assert list(caught.value.problems) == MESSAGES[plan]
    assert str(caught.value).splitlines() == MESSAGES[plan], "each problem is one line"


def test_it_knows_a_message_for_every_invalid_plan() -> None:
    assert {file.stem for file in FOLDER.iterdir()} == set(MESSAGES)


def test_it_never_repeats_a_secret_that_stands_in_a_plan() -> None:
    holding = [file.stem for file in FOLDER.iterdir() if "hunter2" in file.read_text()]
    assert holding
    for plan in holding:
        assert "hunter2" not in "".join(MESSAGES[plan])
