"""Django settings. Every value that differs between machines comes from the environment."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dj_database_url
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from speaktracker import env
from speaktracker.layers.redis.django_config import channel_layer, django_cache
from speaktracker.limit_settings import limits_from_environment

BASE_DIR = Path(__file__).resolve().parent.parent
STATE_DIR = BASE_DIR / "var"
STATE_DIR.mkdir(exist_ok=True)

DEBUG = env.flag("DEBUG")
SECRET_KEY = env.secret("SECRET_KEY", STATE_DIR / "secret_key")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
# Browsers' origins that may use the session cookie, besides the host that serves the page.
ALLOWED_ORIGINS = env.origins("ALLOWED_ORIGINS")
CSRF_TRUSTED_ORIGINS = ALLOWED_ORIGINS
PUBLIC_URL = env.url("PUBLIC_URL", ("https", "http"))
if PUBLIC_URL:
    _public = urlsplit(PUBLIC_URL)
    ALLOWED_HOSTS.append(_public.hostname or "")
    ALLOWED_ORIGINS.append(f"{_public.scheme}://{_public.netloc}")
LIMITS = limits_from_environment()

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "import_export",
    "speaktracker.roster",
    "speaktracker.persistence",
    "speaktracker.auth",
    "realtime",
    "feedback",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    # Last, since it is synchronous: all before it then run in one thread without leaving it.
    "speaktracker.http.language.LanguageMiddleware",
]

ROOT_URLCONF = "speaktracker.urls"
ASGI_APPLICATION = "speaktracker.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- People -------------------------------------------------------------------------------------
AUTH_USER_MODEL = "roster.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
ACCESS_TOKEN_LIFETIME = timedelta(minutes=15)
REFRESH_TOKEN_LIFETIME = timedelta(days=7)

# --- Records ------------------------------------------------------------------------------------
DATABASE_POOL_SIZE = env.integer("DATABASE_POOL_SIZE", 8)


def database_settings() -> dict[str, Any]:
    """Read DATABASE_URL, with what each engine needs; raises ImproperlyConfigured."""
    address = env.text("DATABASE_URL") or f"sqlite:///{STATE_DIR / 'db.sqlite3'}"
    try:
        database: dict[str, Any] = dict(dj_database_url.parse(address))
    except ValueError:
        raise ImproperlyConfigured(
            "DATABASE_URL must be a database address such as postgres://user@host/name."
        ) from None
    if database["ENGINE"].endswith("sqlite3"):
        # Opening the file and its pragmas cost more than most queries: each thread keeps its own.
        database["CONN_MAX_AGE"] = None
        # Readers never block the writer (WAL); writers queue instead of deadlocking (IMMEDIATE).
        database["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        }
    elif database["ENGINE"].endswith("postgresql"):
        # The pool belongs to the process; persistent connections would bypass it.
        # Readers, writers, and a few for the lease and the API, which must not wait for those.
        pool = {"min_size": 1, "max_size": DATABASE_POOL_SIZE * 2 + 4, "timeout": 3}
        # A process that hangs inside a transaction must not hold up everybody's presence.
        patience = "-c lock_timeout=5s -c idle_in_transaction_session_timeout=10s"
        database["OPTIONS"] = {"pool": pool, "connect_timeout": 3, "options": patience}
        database["CONN_MAX_AGE"] = 0
    else:
        raise ImproperlyConfigured("DATABASE_URL must name SQLite or PostgreSQL.")
    return database


DATABASES = {"default": database_settings()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.url("REDIS_URL", ("redis", "rediss", "redis+sentinel", "rediss+sentinel"))
CHANNEL_LAYER = env.choice("CHANNEL_LAYER", "speaktracker", ("speaktracker", "channels_redis"))
try:
    CHANNEL_LAYERS = {"default": channel_layer(CHANNEL_LAYER, REDIS_URL)}
    CACHES = {"default": django_cache(REDIS_URL)}
except (ValueError, OSError) as error:
    raise ImproperlyConfigured(f"REDIS_URL does not work: {error}") from None

# --- The mirror in DynamoDB ---------------------------------------------------------------------
MIRROR = env.choice("MIRROR", "off", ("off", "dynamodb"))
STACK = env.text("STACK") or "speaktracker-dev"
if not re.fullmatch(r"[A-Za-z0-9_.-]{1,200}", STACK):
    raise ImproperlyConfigured(
        f"STACK must be letters, digits, `_`, `.` and `-`, as in speaktracker-dev, not {STACK!r}."
    )
AWS_REGION = env.text("AWS_REGION")
DYNAMODB_ENDPOINT_URL = env.url("DYNAMODB_ENDPOINT_URL", ("http", "https"))
DYNAMODB_POOL_SIZE = env.integer("DYNAMODB_POOL_SIZE", 4)

# --- Feedback -----------------------------------------------------------------------------------
AUDIO_URL_HOSTS = env.words("AUDIO_URL_HOSTS", "localhost")

# --- HTTP ---------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "speaktracker.auth.authentication.BearerAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": ["speaktracker.auth.throttling.PerUserThrottle"],
    "EXCEPTION_HANDLER": "speaktracker.http_errors.exception_response",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "SpeakTracker realtime",
    "DESCRIPTION": "Feedback, rosters and tokens of the SpeakTracker classroom.",
    "VERSION": "1.0.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "PREPROCESSING_HOOKS": ["speaktracker.http.slashes.documented_once"],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "connect-src": [SELF, "ws:", "wss:"],
        "img-src": [SELF, "data:"],
        "media-src": [SELF, "https:"],
        "style-src": [SELF, "'unsafe-inline'"],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
if PUBLIC_URL.startswith("https://"):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
    SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True

STATIC_URL = "static/"
STATIC_ROOT = STATE_DIR / "static"
STATIC_ROOT.mkdir(exist_ok=True)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "speaktracker.http.static_storage.HashedFiles"},
}
# Pages also work before `collectstatic`: names without a hash are found in the apps themselves.
WHITENOISE_USE_FINDERS = True
WHITENOISE_MANIFEST_STRICT = False

# --- Language and time --------------------------------------------------------------------------
LANGUAGE_CODE = "ko"
LANGUAGES = [("ko", "한국어"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "speaktracker" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Seoul"

LOG_LEVEL = env.choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR"))
# Beyond this, lines of messages that went well are sampled.
LOG_MESSAGES_PER_SECOND = env.number("LOG_MESSAGES_PER_SECOND", 20, minimum=1)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "speaktracker.logs.formatter"}},
    "handlers": {
        "stdout": {
            "class": "logging.StreamHandler",
            "stream": "ext://sys.stdout",
            "formatter": "json",
        }
    },
    # Libraries speak only when something is wrong; every event of ours has its line.
    "root": {"handlers": ["stdout"], "level": "DEBUG" if LOG_LEVEL == "DEBUG" else "WARNING"},
    "loggers": {
        "speaktracker": {"level": LOG_LEVEL},
        # A refused request is its caller's fault, and counted in the metrics.
        "django.request": {"level": "ERROR"},
        # What needed the database says so in one line; the pool would repeat it at each attempt.
        "psycopg.pool": {"level": "ERROR"},
        # It writes a trace a second while Redis is away; our layer around it says so in one line.
        "channels_redis": {"level": "CRITICAL"},
    },
}
