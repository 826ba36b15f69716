"""Django's settings of the portal. What may differ between starts is in configuration.py."""

import os
from pathlib import Path

from csp.constants import NONE, SELF

from portal.configuration import Configuration

CONFIGURATION = Configuration.from_environ(os.environ)
_HERE = Path(__file__).parent

DEBUG = False
SECRET_KEY = CONFIGURATION.secret_key
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", *CONFIGURATION.hosts]
ROOT_URLCONF = "portal.urls"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-us"
USE_I18N = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "csp",
    "portal.accounts",
    "portal.sign_in",
    "portal.financing",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "portal.headers.PageHeadersMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "portal.sign_in.middleware.SessionLifetimeMiddleware",
    "portal.sign_in.middleware.SignInRequiredMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [_HERE / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "portal.brand.context",
            ],
        },
    },
]

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": CONFIGURATION.data / "portal.sqlite3",
        # Each worker thread keeps its connection.
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            # A transaction that starts by reading and then writes cannot wait for another
            # writer and fails at once; one that takes the write lock first waits its turn.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        },
    },
}

# --- Accounts and sessions

AUTH_USER_MODEL = "accounts.Provider"
PASSWORD_HASHERS = ["portal.accounts.hashers.OwaspArgon2PasswordHasher"]
LOGIN_URL = "sign_in:password"

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_NAME = "__Host-session" if CONFIGURATION.https else "session"
SESSION_COOKIE_AGE = CONFIGURATION.idle_seconds
SESSION_SAVE_EVERY_REQUEST = True  # every request begins the idle time anew
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CONFIGURATION.https

CSRF_COOKIE_NAME = "__Host-csrf" if CONFIGURATION.https else "csrf"
CSRF_COOKIE_AGE = None  # until the browser is closed
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = CONFIGURATION.https
CSRF_FAILURE_VIEW = "portal.views.csrf_failure"

# django-otp would follow a device's drift, and so accept ever more distant codes: with
# this off a code is good for its own step and one either side (RFC 6238, 5.2).
OTP_TOTP_SYNC = False
# Wrong codes are counted per sign-in (portal.sign_in.pending). django-otp's own throttle
# makes the next try wait, and would refuse a right code typed just after a wrong one.
OTP_TOTP_THROTTLE_FACTOR = 0

# --- Headers; portal.headers adds those that Django has no setting for

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    },
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if CONFIGURATION.https else 0

# --- Static files: few and small, so they are served from where they lie

STATIC_URL = "/static/"
STATIC_ROOT = _HERE / "static"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "portal: %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        # Pages not found and forms refused are visitors' doings, not the operator's.
        "django": {"level": "ERROR"},
    },
}
