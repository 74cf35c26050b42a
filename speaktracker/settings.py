"""Django settings. Every value that differs between machines comes from the environment."""

import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from speaktracker import env
from speaktracker.cognito.user_pool_config import user_pool_from_environment
from speaktracker.configuration import api_settings
from speaktracker.configuration.cloudwatch_settings import cloudwatch_settings
from speaktracker.configuration.database_settings import database_settings
from speaktracker.configuration.email_settings import email_settings
from speaktracker.configuration.log_settings import log_settings
from speaktracker.configuration.management_keys import management_access_from_environment
from speaktracker.configuration.private_folder import private_folder
from speaktracker.configuration.production_check import check_for_the_public
from speaktracker.field_encryption.key_list import key_list_from_environment
from speaktracker.http.cookie_names import cookie_names
from speaktracker.http.page_security import page_policy
from speaktracker.layers.installation import installation
from speaktracker.layers.redis.address import SCHEMES
from speaktracker.layers.redis.django_config import channel_layer, django_cache
from speaktracker.limit_settings import limits_from_environment

BASE_DIR = Path(__file__).resolve().parent.parent
STATE_DIR = private_folder(BASE_DIR / "var")

DEBUG = env.flag("DEBUG")
SECRET_KEY = env.secret("SECRET_KEY", STATE_DIR / "secret_key")
# Secrets of before, or the one to come, that are still believed but sign nothing.
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS")
# Which installation this is, on whatever it shares with others: tables, topics, keys.
STACK = env.text("STACK") or "speaktracker-dev"
if not re.fullmatch(r"[A-Za-z0-9_.-]{1,200}", STACK):
    raise ImproperlyConfigured(
        f"STACK must be letters, digits, `_`, `.` and `-`, as in speaktracker-dev, not {STACK!r}."
    )
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
# Origins whose pages may call the API with a token, and open a socket; besides the page's own host.
ALLOWED_ORIGINS = env.origins("ALLOWED_ORIGINS")
CSRF_TRUSTED_ORIGINS = ALLOWED_ORIGINS
PUBLIC_URL = env.url("PUBLIC_URL", ("https", "http"))
if PUBLIC_URL:
    _public = urlsplit(PUBLIC_URL)
    ALLOWED_HOSTS.append(_public.hostname or "")
    ALLOWED_ORIGINS.append(f"{_public.scheme}://{_public.netloc}")
check_for_the_public(PUBLIC_URL, DEBUG, [SECRET_KEY, *SECRET_KEY_FALLBACKS])
LIMITS = limits_from_environment()
vars().update(email_settings(DEBUG, PUBLIC_URL))

INSTALLED_APPS = [
    # Before the admin, of which it replaces some templates.
    "speaktracker.staff_home.apps.StaffHomeConfig",
    "speaktracker.staff_home.apps.StaffAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "corsheaders",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "import_export",
    "speaktracker.guard",
    "speaktracker.roster",
    "speaktracker.persistence",
    "speaktracker.cognito",
    "speaktracker.auth",
    "speaktracker.passwords",
    "speaktracker.doctor",
    "realtime",
    "feedback",
]

MIDDLEWARE = [
    # Around everything: without these headers a page of another origin cannot read an error.
    "speaktracker.http.page_security.page_security_middleware",
    "speaktracker.http.request_ids.request_ids_middleware",
    "corsheaders.middleware.CorsMiddleware",
    # Before all others: machines ask by address, without a name, a scheme or a session of ours.
    "speaktracker.probes.probes_middleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "speaktracker.auth.shared_computers.session_middleware.IdleSessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    # Last, since they are synchronous: all before then run in one thread without leaving it.
    "speaktracker.guard.middleware.GuardMiddleware",
    "speaktracker.http.language.LanguageMiddleware",
    "realtime.pages.error_pages.ErrorPagesMiddleware",
]
# Of these, what is nothing to a call with a token and no cookie: pages, files, sessions, forms. All
# else stands before such a call as well, and is synchronous where it is asked to be.
BROWSER_MIDDLEWARE = {
    "speaktracker.probes.probes_middleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "speaktracker.auth.shared_computers.session_middleware.IdleSessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
}

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
AUTHENTICATION_BACKENDS = [
    "speaktracker.auth.password_backend.GuardedPasswordBackend",
    "speaktracker.passwords.code_sign_in.FirstCodeBackend",
    # It signs nobody in, since the first one has the last word on a password; sessions that it
    # began in earlier releases last.
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = [
    "speaktracker.guard.hashers.BudgetedHasher",
    # Whoever was taken over with one of these gets the first at the next sign-in.
    "django.contrib.auth.hashers.PBKDF2SHA1PasswordHasher",
    "django.contrib.auth.hashers.ScryptPasswordHasher",
]
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
DATABASE_POOLER = env.choice("DATABASE_POOLER", "session", ("session", "transaction"))
DATABASES = {
    "default": database_settings(
        STATE_DIR, DATABASE_POOL_SIZE, each_transaction_elsewhere=DATABASE_POOLER == "transaction"
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.url("REDIS_URL", SCHEMES)
CHANNEL_LAYER = env.choice("CHANNEL_LAYER", "speaktracker", ("speaktracker", "channels_redis"))
try:
    CHANNEL_LAYERS = {"default": channel_layer(CHANNEL_LAYER, REDIS_URL)}
    CACHES = {"default": django_cache(REDIS_URL, installation(STACK, SECRET_KEY, REDIS_URL).name)}
except (ValueError, OSError) as error:
    raise ImproperlyConfigured(f"REDIS_URL does not work: {error}") from None

# --- The mirror in DynamoDB ---------------------------------------------------------------------
MIRROR = env.choice("MIRROR", "off", ("off", "dynamodb"))
AWS_REGION = env.text("AWS_REGION")
MANAGEMENT_API = management_access_from_environment(AWS_REGION)
DYNAMODB_ENDPOINT_URL = env.url("DYNAMODB_ENDPOINT_URL", ("http", "https"))
DYNAMODB_POOL_SIZE = env.integer("DYNAMODB_POOL_SIZE", 4)

# --- People of a Cognito user pool ----------------------------------------------------------------
COGNITO = user_pool_from_environment(AWS_REGION)

# --- Feedback -----------------------------------------------------------------------------------
AUDIO_URL_HOSTS = env.hosts("AUDIO_URL_HOSTS", "localhost")
# Its text is encrypted at rest with the first of these, where there are any.
FIELD_ENCRYPTION_KEYS = key_list_from_environment()

# --- HTTP ---------------------------------------------------------------------------------------
REST_FRAMEWORK = api_settings.REST_FRAMEWORK
SPECTACULAR_SETTINGS = api_settings.SPECTACULAR_SETTINGS
CONTENT_SECURITY_POLICY = {"DIRECTIVES": page_policy(AUDIO_URL_HOSTS)}
# Pages of other origins call the API with a token: no cookie of ours goes there with them.
CORS_URLS_REGEX = r"^/api(/|$)"
CORS_ALLOWED_ORIGINS = ALLOWED_ORIGINS
CORS_ALLOW_METHODS = ("GET", "HEAD", "POST", "DELETE", "OPTIONS")
CORS_ALLOW_HEADERS = ("authorization", "content-type", "idempotency-key", "if-none-match")
CORS_EXPOSE_HEADERS = ("Retry-After", "WWW-Authenticate", "Content-Language", "ETag")
CORS_PREFLIGHT_MAX_AGE = 2 * 60 * 60  # longer is not believed by Chromium
CSRF_FAILURE_VIEW = "realtime.pages.error_pages.csrf_failure"
X_FRAME_OPTIONS = "DENY"
# A list of five hundred sentences is one form of the admin, six fields a row.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000
SECURE_REFERRER_POLICY = "same-origin"
SESSION_ENGINE = "speaktracker.auth.shared_computers.session_store"
# Pages carry their CSRF token themselves.
CSRF_COOKIE_HTTPONLY = True
MESSAGE_STORAGE = "speaktracker.http.message_cookie.KeptMessages"
IS_HTTPS = PUBLIC_URL.startswith("https://")
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME, LANGUAGE_COOKIE_NAME, MESSAGE_COOKIE_NAME = cookie_names(
    IS_HTTPS
)
if IS_HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = True
# To speak for other hosts below this one, and for good, is for whoever has them: a proxy can.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]

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
# What people are shown; the wire and the database keep UTC.
SCHOOL_TIME_ZONE = env.time_zone("SCHOOL_TIME_ZONE", "Asia/Seoul")
TIME_ZONE = SCHOOL_TIME_ZONE

# Of messages that went well so many lines a second are written, the others sampled; so much waits
# for whoever reads the log.
LOGGING, LOG_MESSAGES_PER_SECOND, LOG_QUEUE_BYTES = log_settings(DEBUG)
# Lines of metrics for CloudWatch, where there is a namespace.
EMF_NAMESPACE, EMF_SECONDS = cloudwatch_settings()
