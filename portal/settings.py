"""Django's settings of the portal. What may differ between starts is in configuration.py."""

import os
from datetime import timedelta
from pathlib import Path

import dj_database_url
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
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.messages",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "csp",
    "axes",
    "portal.faults",
    "portal.support",
    "portal.accounts",
    "portal.sign_in",
    "portal.second_factor",
    "portal.financing",
    "portal.transactions",
    "portal.recovery",
    "portal.status",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "portal.headers.PageHeadersMiddleware",
    "portal.status.middleware.StatusMiddleware",
    "portal.compatibility.middleware.BrowserCheckMiddleware",
    "portal.sign_in.middleware.ForeignCookiesMiddleware",
    "portal.faults.pages.PageFaultsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "portal.faults.pages.ViewerFaultsMiddleware",
    "portal.sign_in.middleware.SessionLifetimeMiddleware",
    "portal.sign_in.middleware.SignInRequiredMiddleware",
    "portal.sign_in.middleware.PasswordExpiredMiddleware",
    "portal.addresses.AddressMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [_HERE / "templates"],
        "APP_DIRS": True,  # the administration's
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.brand.context",
                "portal.navigation.context",
                "portal.status.maintenance.context",
                "portal.sign_in.session.context",
            ],
        },
    },
]

DATABASES = {
    "default": dj_database_url.parse(CONFIGURATION.database_url, conn_max_age=None)
    if CONFIGURATION.database_url
    else {
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
AUTHENTICATION_BACKENDS = ["portal.sign_in.backend.StandingBackend"]
PASSWORD_HASHERS = ["portal.accounts.hashers.OwaspArgon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "portal.recovery.password_rules.LengthValidator"},
    {"NAME": "portal.recovery.password_rules.CommonValidator"},
    {"NAME": "portal.recovery.password_rules.OwnWordsValidator"},
    {"NAME": "portal.recovery.password_rules.TooSimpleValidator"},
]
LOGIN_URL = "sign_in:password"

SESSION_ENGINE = "portal.sign_in.store"
SESSION_COOKIE_NAME = "__Host-session" if CONFIGURATION.https else "session"
SESSION_COOKIE_AGE = CONFIGURATION.idle_seconds
SESSION_SAVE_EVERY_REQUEST = True  # every request begins the idle time anew
# The server ends a session; the cookie stays until the browser is closed, so that who comes
# back later is told why the sign-in is asked for.
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CONFIGURATION.https

CSRF_COOKIE_NAME = "__Host-csrf" if CONFIGURATION.https else "csrf"
CSRF_COOKIE_AGE = None  # until the browser is closed
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = CONFIGURATION.https
CSRF_FAILURE_VIEW = "portal.views.csrf_failure"

# portal.sign_in.lockout says what axes is used for.
AXES_HANDLER = "portal.sign_in.lockout.AccountHandler"
AXES_LOCKOUT_PARAMETERS = ["username"]
AXES_FAILURE_LIMIT = CONFIGURATION.lock_tries
AXES_COOLOFF_TIME = timedelta(seconds=CONFIGURATION.lock_seconds)
AXES_USE_ATTEMPT_EXPIRATION = True
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False
# axes would refuse before the password is looked at, which tells a lock by the time it
# takes; portal.sign_in.refusal does it after that. And by account alone is what is meant.
SILENCED_SYSTEM_CHECKS = ["axes.W002", "axes.W003", "axes.W006"]

# django-otp would follow a device's drift, and so accept ever more distant codes: with
# this off a code is good for its own step and one either side (RFC 6238, 5.2).
OTP_TOTP_SYNC = False
# Wrong codes are counted per sign-in (portal.sign_in.pending). django-otp's own throttle
# makes the next try wait, and would refuse a right code typed just after a wrong one.
OTP_TOTP_THROTTLE_FACTOR = 0
OTP_TOTP_ISSUER = "Meridian Provider Portal"

# --- Mail

_SMTP_HOST, _, _SMTP_PORT = CONFIGURATION.smtp.rpartition(":")
EMAIL_HOST, EMAIL_PORT = _SMTP_HOST or "localhost", int(_SMTP_PORT or 25)
EMAIL_TIMEOUT = 10

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
WHITENOISE_USE_FINDERS = True  # the administration's lie in Django's own folder
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "portal: %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        # Pages not found and forms refused are visitors' doings, not the operator's.
        "django": {"level": "ERROR"},
        # Nor are forged hosts and thousands of fields, each of them with a traceback.
        "django.security": {"level": "CRITICAL"},
    },
}
