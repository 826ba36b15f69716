"""A portal that gives its visitors' secrets away wherever a portal could, in every encoding."""

from __future__ import annotations

from pathlib import Path

from tests.small_project import make_project

PASSWORD = 'Canary "Lantern" & Wren\\27'  # every encoding has something to say about it
TOTP = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
SESSION = "c4n4ry-session-7f3a9b1e5d2c"
CSRF = "c4n4ryCsrf8Qw2Lx5Vt9Zk3Nm"
BEARER = "c4n4ryBearer6Yh1Rp8Dg4Js"
ACCESS = "c4n4ryAccess2Bf7Uo5Ke9Ta"
RESET = "c4n4ryReset9Mc3Xi6Wv1Qe"
STORED = "c4n4ryStored5Lb8Nz2Hy7Gu"

CANARIES = {
    "password": PASSWORD,
    "TOTP key": TOTP,
    "session cookie": SESSION,
    "CSRF token": CSRF,
    "bearer token": BEARER,
    "token in a body": ACCESS,
    "reset link": RESET,
    "storage": STORED,
}

SITE = '''
import base64
import html
import json
import threading
import urllib.parse
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from portalwatch.project import StartedPortal

PASSWORD, TOTP, SESSION, CSRF, BEARER, ACCESS, RESET, STORED = VALUES
ECHOED = (PASSWORD, TOTP, SESSION, CSRF)


def echo():
    """Every secret in every place and encoding of a page."""
    parts = []
    for secret in ECHOED:
        quoted = urllib.parse.quote(secret, safe="")
        parts += [
            f"<p>{html.escape(secret)}</p>",
            f'<a href="/next?a={quoted}" title="{html.escape(secret)}">on</a>',
            f"<!-- {secret} -->",
            f"<script>window.seen = {json.dumps(secret)};</script>",
            f'<i data-b="{base64.b64encode(secret.encode()).decode()}"',
            f' data-h="{secret.encode().hex()}" data-r="{html.escape(secret[::-1])}"></i>',
            f"<textarea>{html.escape(secret)}</textarea>",
        ]
    return "".join(parts)


SCRIPT = """<script>
const echoed = %s;
for (const secret of echoed) {
  console.error('seen ' + secret, JSON.stringify({secret}), encodeURIComponent(secret));
  console.error(btoa(secret), [...secret].reverse().join(''));
  sessionStorage.setItem('echo', secret);
}
localStorage.setItem('token', '%s');
fetch('/api', {headers: {Authorization: 'Bearer %s', 'X-Echo': encodeURIComponent(echoed[0])}});
fetch('/nowhere/' + encodeURIComponent(echoed[0]));
setTimeout(() => { throw new Error('lost ' + echoed[0]); });
</script>"""


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        path = self.path.partition("?")[0]
        kind, status, body = "text/html; charset=utf-8", 200, ""
        if path == "/":
            body = (
                "<title>Sign in</title><h1>Welcome</h1><form method=post action=/in>"
                f'<input type=hidden name=csrf value="{CSRF}">'
                "<label>Password <input type=password name=password></label>"
                "<label>Code <input name=code autocomplete=one-time-code></label>"
                f'<button>Sign in</button></form><a href="/reset?token={RESET}">Reset</a>'
            )
        elif path == "/inside":
            script = SCRIPT % (json.dumps(ECHOED), STORED, BEARER)
            body = f"<title>{html.escape(PASSWORD)}</title><h1>Inside</h1>{echo()}{script}"
        elif path == "/reset":
            body = "<h1>Reset</h1><script>console.error(location.href)</script>"
        elif path == "/api":
            kind, body = "application/json", json.dumps({"access_token": ACCESS, "all": ECHOED})
        elif path != "/next":
            status, body = 404, f"not here: {html.escape(self.path)}"
        data = body.encode()
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(data)))
        self.send_header("set-cookie", f"sid={SESSION}; Path=/; HttpOnly")
        self.send_header("x-auth-token", BEARER)
        self.send_header("x-echo", urllib.parse.quote(PASSWORD))
        self.end_headers()
        self.wfile.write(data)

    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(303)
        self.send_header("location", f"/inside?ticket={RESET}")
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@contextmanager
def serve():
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        secrets = {"AMARA_PASSWORD": PASSWORD, "AMARA_TOTP": f"otpauth://totp/amara?secret={TOTP}&period=8"}
        try:
            yield StartedPortal(f"http://127.0.0.1:{server.server_port}", secrets)
        finally:
            server.shutdown()
            thread.join()
'''

CHECKS = '''
import gzip
import io
import json
import signal
import zipfile
from pathlib import Path

import psutil

if os.environ.get("CANARIES_WITHOUT_MASKS"):
    # To see that the canaries are there to be found.
    from portalwatch import evidence
    from portalwatch.leak_scan import LeakScan
    from portalwatch.redaction import Redaction

    Redaction.text = lambda self, text: text
    Redaction.data = lambda self, data, **_: data
    LeakScan.leak_in = lambda self, data: None
    evidence.scrubbed = lambda data, redaction: data
    evidence.covers = lambda frame, forms: []


def _enter(journey):
    page = journey.page
    page.goto("/")
    page.get_by_role("link", name="Reset").click()
    page.get_by_role("heading", name="Reset").wait_for()
    page.goto("/")
    journey.enter_secret(page.get_by_label("Password"), journey.account.password)
    code = journey.one_time_code()
    with Path("codes.txt").open("a") as codes:
        codes.write(code + chr(10))
    page.get_by_label("Code").fill(code)
    page.get_by_role("button").click()
    page.get_by_role("heading", name="Inside").wait_for()
    page.wait_for_load_state("networkidle")
    journey.signed_in()
    page.evaluate("code => console.error('code ' + code)", code)
    return journey.account.password.reveal()


def check_passes(journey: Journey) -> None:
    """All is well."""
    secret = _enter(journey)
    journey.attach("seen.json", json.dumps({"password": secret}), "application/json")
    journey.attach("seen.txt", secret.encode("utf-16"))
    journey.attach("seen.gz", gzip.compress(secret.encode()), "application/gzip")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("seen.txt", secret)
    journey.attach("seen.zip", packed.getvalue(), "application/zip")
    journey.attach("seen.png", b"\\x89PNG\\r\\n\\x1a\\n" + secret.encode(), "image/png")
    journey.measure("length", len(secret))


def check_fails(journey: Journey) -> None:
    """The claim is false."""
    secret = _enter(journey)
    with journey.step(f"see {secret}"):
        journey.expect_that(False, f"softly {secret}")
        expect(journey.page.get_by_text("never", exact=True)).to_have_text(secret, timeout=100)


def check_raises(journey: Journey) -> None:
    """The script is wrong."""
    secret = _enter(journey)
    raise ValueError(f"what is {secret}?")


def check_crashes(journey: Journey) -> None:
    """The browser dies."""
    _enter(journey)
    for process in psutil.Process().children(recursive=True):
        if "chrom" in process.name() or "firefox" in process.name():
            process.kill()
    journey.page.goto("/next")


def check_dies(journey: Journey) -> None:
    """The process dies."""
    _enter(journey)
    if "PYTEST_XDIST_WORKER" in os.environ or os.environ.get("CANARIES_DIE"):
        os.kill(os.getpid(), signal.SIGKILL)
'''

PLAN = "".join(
    f"  - check: home.{name}\n    account: amara\n    trace: 'on'\n"
    for name in ("passes", "fails", "raises", "crashes", "dies")
)


def canary_project(root: Path) -> Path:
    """A project on that portal, whose checks pass, fail, raise, crash and die."""
    project = make_project(root, CHECKS, plan=PLAN)
    values = repr((PASSWORD, TOTP, SESSION, CSRF, BEARER, ACCESS, RESET, STORED))
    (project / "fixtures" / "portal.py").write_text(SITE.replace("VALUES", values))
    plan = project / "portalwatch.yaml"
    password = "password: {env: AMARA_PASSWORD}\n"
    text = plan.read_text().replace(password, f"{password}    totp: {{env: AMARA_TOTP}}\n")
    text = text.replace("browsers: [chromium]", "browsers: [chromium, firefox]")
    plan.write_text(text.replace("deadline: 30s", "deadline: 90s"))
    return project
