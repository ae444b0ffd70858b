"""All settings, from the environment (.env.example lists every name). Secrets may also come as NAME_FILE."""

import base64
import binascii
from pathlib import Path

import environ
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

env = environ.FileAwareEnv()
BASE_DIR = Path(__file__).resolve().parent.parent


def key(name: str) -> bytes:
    """32 bytes from base64; empty if unset, since not every process holds every key (roger/checks.py)."""
    text = env.str(name, default="")
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ImproperlyConfigured(f"{name} is not base64; make one with: openssl rand -base64 32") from None


# ── where we are ──
DEBUG = env.bool("DEBUG", default=False)
BASE_URL = env.str("BASE_URL", default="http://127.0.0.1:8000").rstrip("/")
IS_HTTPS = BASE_URL.startswith("https://")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
TRUSTED_PROXIES = env.list("TRUSTED_PROXIES", default=[])
CSRF_TRUSTED_ORIGINS = [BASE_URL]
ROGER_HOME = Path(env.str("ROGER_HOME", default=str(BASE_DIR / ".roger")))
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", default=str(ROGER_HOME / "media")))

# ── L-5: the EU–US Data Privacy Framework no longer holds; nothing leaves any practice ──
DPF_INVALID = env.bool("DPF_INVALID", default=False)

# ── who runs it, as patients read it in the consent texts ──
OPERATOR_NAME = env.str("OPERATOR_NAME", default="der Betreiber von Roger")
HOSTING_NAME = env.str("HOSTING_NAME", default="der Betreiber von Roger")

# ── secrets ──
SECRET_KEY = env.str("SECRET_KEY", default="")
ROGER_MASTER_KEY = key("ROGER_MASTER_KEY")
ROGER_MASTER_KEY_PREVIOUS = [base64.b64decode(text) for text in env.list("ROGER_MASTER_KEY_PREVIOUS", default=[])]
LEDGER_SIGNING_KEY = key("LEDGER_SIGNING_KEY")

# ── 360dialog and WhatsApp ──
D360_BASE_URL = env.str("D360_BASE_URL", default="https://waba-v2.360dialog.io").rstrip("/")
D360_TRANSPORT = None  # tests put the stand-in here, so that nothing leaves the process
D360_PARTNER_ID = env.str("D360_PARTNER_ID", default="")
D360_PARTNER_KEY = env.str("D360_PARTNER_KEY", default="")
D360_SIGNATURE_SECRET = env.str("D360_SIGNATURE_SECRET", default="")
WHATSAPP_LINK_BASE = env.str("WHATSAPP_LINK_BASE", default="https://wa.me").rstrip("/")

# ── the application ──
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "csp",
    "django_otp",
    "axes",
    "rest_framework",
    "drf_spectacular",
    "practices",
    "patients",
    "consent",
    "messaging",
    "anamnesis",
    "roger",
]
MIDDLEWARE = [
    "practices.middleware.compress_own_pages",
    "practices.frames.room_for_frames",
    "django.middleware.security.SecurityMiddleware",
    "practices.middleware.security_headers",
    "csp.middleware.CSPMiddleware",
    "practices.middleware.Sessions",
    "django.middleware.locale.LocaleMiddleware",
    "practices.middleware.refuse_large_bodies",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "practices.middleware.refuse_cross_site",
    "practices.middleware.end_idle_session",
    "practices.middleware.keep_shield",
    "practices.middleware.open_practice_scope",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "roger.urls"
WSGI_APPLICATION = "roger.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "libraries": {"inbox": "messaging.inbox.templatetags.inbox", "static_files": "roger.static_files"},
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "practices.context.practice_and_member",
            ],
        },
    }
]

# ── database: the application role; `migrate` is the owner and never used by the web ──
DATABASES = {
    "default": env.db_url("DATABASE_URL", default="postgres://roger_app@127.0.0.1/roger", engine="practices.postgres"),
}
DATABASES["default"] |= {"CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True, "ATOMIC_REQUESTS": True}
# What is asked again and again is planned once per connection (ADR 31).
DATABASES["default"].setdefault("OPTIONS", {}).update(server_side_binding=True, prepare_threshold=5)
if env.str("DATABASE_MIGRATE_URL", default=""):
    DATABASES["migrate"] = env.db_url("DATABASE_MIGRATE_URL", engine="practices.postgres")
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"

# ── Redis: wake-ups, limits, fan-out of ids; nothing that cannot be rebuilt ──
REDIS_URL = env.str("REDIS_URL", default="redis://127.0.0.1:6379/0")
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}

# ── people ──
AUTH_USER_MODEL = "practices.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = ["practices.passwords.Argon2Hasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "practices:login"
OTP_TOTP_THROTTLE_FACTOR = 1
SESSION_ENGINE = "practices.sessions"
SESSION_COOKIE_NAME = "__Host-session" if IS_HTTPS else "session"
SESSION_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_AGE = 12 * 3600  # seconds; the absolute limit
SESSION_IDLE_SECONDS = 600
CSRF_COOKIE_NAME = "__Host-csrftoken" if IS_HTTPS else "csrftoken"
CSRF_COOKIE_SECURE = IS_HTTPS
CSRF_COOKIE_HTTPONLY = True
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"  # showing one changes no row
LANGUAGE_COOKIE_NAME = "__Host-language" if IS_HTTPS else "language"
LANGUAGE_COOKIE_SECURE = IS_HTTPS
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_AGE = 365 * 86400  # seconds
WORKPLACE_COOKIE_NAME = "__Host-workplace" if IS_HTTPS else "workplace"
KIOSK_COOKIE_NAME = "__Host-kiosk" if IS_HTTPS else "kiosk"
CSRF_FAILURE_VIEW = "roger.views.csrf_failure"

# ── limits on failed logins (django-axes): 5 per account, 50 per address, 15 minutes ──
AXES_HANDLER = "practices.lockout.TwoLimits"
AXES_LOCKOUT_CALLABLE = "practices.lockout.keep_answer"
AXES_LOCKOUT_PARAMETERS = ["username", "ip_address"]
AXES_USERNAME_FORM_FIELD = "username"
AXES_CLIENT_IP_CALLABLE = "practices.addresses.client_address"
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_VERBOSE = False
AXES_ENABLE_ACCESS_FAILURE_LOG = False

# ── headers ──
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 2 * 365 * 86400 if IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SECURE_SSL_REDIRECT = IS_HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if IS_HTTPS else None
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [NONCE, "'strict-dynamic'"],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "media-src": [SELF, "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 3 * 1024 * 1024  # bytes, without files
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
FILE_UPLOAD_HANDLERS = ["practices.uploads.InMemory"]

# ── language and time ──
LANGUAGE_CODE = "de"
LANGUAGES = [("de", "Deutsch"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Europe/Berlin"
USE_TZ = True
FORMAT_MODULE_PATH = ["roger.formats"]

# ── static files: hashed names, served by the front ──
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = ROGER_HOME / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "roger.static_files.TogetherStorage"},
}

# ── mail ──
EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="roger@roger.example")

# ── API ──
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["messaging.api.authentication.PracticeToken"],
    "DEFAULT_PERMISSION_CLASSES": ["messaging.api.authentication.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["messaging.api.parsers.Json"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "messaging.api.errors.handle",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {"TITLE": "Roger", "VERSION": "1", "SERVE_INCLUDE_SCHEMA": False}

LOGGING_CONFIG = "roger.logging.configure"
LOGGING = {"DEBUG": DEBUG}
