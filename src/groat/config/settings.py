"""Django's settings. Everything that differs between installations comes from the environment.

docs/operator.md lists the variables.
"""

import os
from pathlib import Path

from django.utils.csp import CSP

from groat.config import environment

PACKAGE = Path(__file__).resolve().parent.parent
VAR = Path(os.environ.get("GROAT_VAR", "var")).absolute()
KEYS = environment.Keys.read(VAR)

DEMO = environment.flag("GROAT_DEMO")
"""The demo shows its logins and a tray of cards; nothing else differs from production."""

SECRET_KEY = KEYS.secret_key
DEBUG = environment.flag("GROAT_DEBUG")
COMMON_HOSTS = environment.words("GROAT_HOSTS", "127.0.0.1,localhost")
"""Hosts under which all programmes are reached by their paths."""
# Which hosts there are besides stands in the database: groat.programmes.hosts refuses all others, before anything else.
ALLOWED_HOSTS = ["*"]
CSRF_TRUSTED_ORIGINS = environment.words("GROAT_ORIGINS")

DATABASES = {
    "default": environment.database(os.environ.get("GROAT_DATABASE_URL", f"sqlite:///{VAR / 'groat.sqlite3'}"))
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "groat",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
]

MIDDLEWARE = [
    "groat.programmes.hosts.Hosts",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "groat.config.urls"
ASGI_APPLICATION = "groat.config.asgi.application"

# A feature is a folder with all its faces, so its templates and static files lie in it.
FEATURES = [
    "web",
    "programmes",
    "customers",
    "cards",
    "catalogue",
    "topups",
    "till",
    "readers",
    "offline",
    "drawers",
    "settlements",
    "receipts",
    "cashiers",
    "reports",
    "openings",
    "api",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / feature / "templates" for feature in FEATURES],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "groat.web.context.page",
                *(["groat.demo.context.logins"] if DEMO else []),
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static", "groat.web.tags"],
        },
    }
]
FORM_RENDERER = "groat.web.forms.Renderer"

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STATICFILES_DIRS = [PACKAGE / feature / "static" for feature in FEATURES if (PACKAGE / feature / "static").is_dir()]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage" if DEBUG else "groat.web.storage.HashedFiles"
    },
}
MEDIA_ROOT = VAR / "media"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("cs", "Čeština"), ("sk", "Slovenčina")]
LOCALE_PATHS = [PACKAGE / "locale"]
LANGUAGE_COOKIE_SAMESITE = "Lax"
FORMAT_MODULE_PATH = "groat.config.formats"
USE_TZ = True
TIME_ZONE = "UTC"

AUTH_USER_MODEL = "groat.User"
# That e-mail addresses are not unique: they are, whatever their case, by a constraint of its own.
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["name", "email"]},
    },
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "groat.programmes.sign_in.Adapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
# Guessing a password costs time, whichever server process is asked.
ACCOUNT_RATE_LIMITS = {"login": "60/m/ip", "login_failed": "10/m/ip,5/300s/key", "reset_password": "20/m/ip,5/m/key"}
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
MFA_ADAPTER = "groat.programmes.second_factor.Adapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
# The owner typed the address, or invited it: nobody confirms it a second time.
MFA_ALLOW_UNVERIFIED_EMAIL = True
# In earnest passkeys want https; on this machine itself browsers let them do without.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEMO or DEBUG
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "groat_cache"},
}

MAILERS = environment.mailers(os.environ.get("GROAT_MAIL_URL", ""))
SENDS_MAIL = bool(os.environ.get("GROAT_MAIL_URL"))
"""If not, no page offers what only an e-mail could finish."""
DEFAULT_FROM_EMAIL = os.environ.get("GROAT_MAIL_FROM", "groat@localhost")

SESSION_COOKIE_AGE = 60 * 60 * 24 * 14
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
_HTTPS = environment.flag("GROAT_HTTPS")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = _HTTPS
SECURE_SSL_REDIRECT = _HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _HTTPS else None
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365 if _HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:", "blob:"],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "media-src": [CSP.SELF],
    "manifest-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
}

OWNERS_MAY_OPEN = environment.flag("GROAT_OWNERS_MAY_OPEN")
"""Whether who owns a programme here may open another one; everybody else needs a code of the operator's."""

TRUSTED_PROXIES = int(os.environ.get("GROAT_TRUSTED_PROXIES", "0"))
"""How many proxies of ours stand in front and append to X-Forwarded-For; 0 believes no header."""

REQUESTS_PER_MINUTE = int(os.environ.get("GROAT_REQUESTS_PER_MINUTE", "1200"))
"""What one API key may ask of one server process in a minute, unless the key says otherwise."""
STRANGERS_PER_MINUTE = int(os.environ.get("GROAT_STRANGERS_PER_MINUTE", "60"))
"""How many requests without a good API key one network address may make of one server process in a minute."""

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
}
