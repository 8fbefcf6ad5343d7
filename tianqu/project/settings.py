"""Settings of a Tianqu installation. Secrets and addresses come from the environment; everything else is here."""

from __future__ import annotations

import json
import os
from pathlib import Path

from tianqu.project.database import database_settings, var_folder
from tianqu.project.folders import folders_named
from tianqu.project.logs import logging_settings
from tianqu.project.mail import mail_settings
from tianqu.project.pack_list import PACK_PACKAGES
from tianqu.project.realm_head import realm_head
from tianqu.project.secret import secret_key

ROOT = Path(__file__).resolve().parents[2]
VAR = var_folder()
DEBUG = os.environ.get("TIANQU_DEBUG", "") == "1"
SECRET_KEY = secret_key(VAR)
ALLOWED_HOSTS = os.environ.get("TIANQU_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
TIANQU_ORIGIN = os.environ.get("TIANQU_ORIGIN", "http://localhost:8000")  # how the outside reaches us
TIANQU_REALM = os.environ.get("TIANQU_REALM", "dezhou")
REALM = realm_head(TIANQU_REALM)
TIANQU_REALM_NAMES = {"zh": REALM.name, "en": REALM.name_en}
TIANQU_LOG_URL = os.environ.get("TIANQU_LOG_URL", str(VAR / "log"))  # a path or an fsspec URL
TIANQU_LOG_ORIGIN = os.environ.get("TIANQU_LOG_ORIGIN", "")  # empty: the host of TIANQU_ORIGIN, then /log
TIANQU_WITNESSES = os.environ.get("TIANQU_WITNESSES", "")  # who cosigns our log: "KEY URL", parted by commas
TIANQU_WITNESS_LOGS = os.environ.get("TIANQU_WITNESS_LOGS", "")  # a file of keys of the logs that we witness
TIANQU_FILES_URL = os.environ.get("TIANQU_FILES_URL", str(VAR / "files"))
TIANQU_DATASETS_URL = os.environ.get("TIANQU_DATASETS_URL", str(VAR / "datasets"))  # a path or an fsspec URL
TIANQU_QUERY_SECONDS_MAX = float(os.environ.get("TIANQU_QUERY_SECONDS_MAX", "20"))  # one question to the data
TIANQU_QUERY_MEMORY = os.environ.get("TIANQU_QUERY_MEMORY", "1GB")  # of the engine in each process
TIANQU_QUERY_THREADS = int(os.environ.get("TIANQU_QUERY_THREADS", "2"))
TIANQU_QUERIES_AT_ONCE = int(os.environ.get("TIANQU_QUERIES_AT_ONCE", "4"))  # in each process
TIANQU_SQL_MEMORY_MB = int(os.environ.get("TIANQU_SQL_MEMORY_MB", "512"))  # of the engine of one typed statement
TIANQU_SPARK_MASTER = os.environ.get("TIANQU_SPARK_MASTER", "")  # where figures are computed a second time, if at all
TIANQU_EXPORT_SECONDS_MAX = float(os.environ.get("TIANQU_EXPORT_SECONDS_MAX", "900"))
TIANQU_INGEST_MEMORY = os.environ.get("TIANQU_INGEST_MEMORY", "1GB")
TIANQU_VILLAGE_POLICY = json.loads(os.environ.get("TIANQU_VILLAGE_POLICY", "{}"))  # numbers that no law sets
TIANQU_OCDS_PREFIX = os.environ.get("TIANQU_OCDS_PREFIX", "ocds-tianqu")  # not registered; "" publishes no contracts
TIANQU_OCDS_PUBLISHER = os.environ.get("TIANQU_OCDS_PUBLISHER", REALM.name)
TIANQU_SDMX_AGENCY = os.environ.get("TIANQU_SDMX_AGENCY", Path(TIANQU_REALM).name.upper())
TIANQU_OCDS_LICENSE = os.environ.get("TIANQU_OCDS_LICENSE", "https://creativecommons.org/licenses/by/4.0/")
TIANQU_OCDS_POLICY = os.environ.get("TIANQU_OCDS_POLICY", "")  # empty: our own page that tells what is published
TIANQU_DEMO = os.environ.get("TIANQU_DEMO", "1") == "1"  # every page says that persons are invented

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "procrastinate.contrib.django",
    "tianqu.kernel.journal",
    "tianqu.kernel.places",
    "tianqu.kernel.files",
    "tianqu.kernel.notices",
    "tianqu.kernel.ledgers",
    "tianqu.kernel.occasions",
    "tianqu.kernel.rosters",
    "tianqu.kernel.tours",
    "tianqu.kernel.orders",
    "tianqu.kernel.certificates",
    "tianqu.kernel.datasets",
    "tianqu.kernel.figures",
    "tianqu.kernel.releases",
    "tianqu.web",
    *PACK_PACKAGES,
    "tianqu.project",
]

# What adds a header to each answer stands before what may answer by itself, so that no answer goes without.
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "tianqu.web.api.problems.ProblemMiddleware",
    "tianqu.project.body_limit.BodyLimitMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "tianqu.web.middleware.SessionSeenMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "tianqu.web.middleware.ActorMiddleware",
]

# Programs' doors: addresses without sessions, cookies and page headers (see tianqu/project/wsgi.py).
TIANQU_DOORS = ("/api/v1/", "/open311/", "/log/", "/ckan/", "/dcat/", "/json-stat/", "/sdmx/", "/csvw/")
TIANQU_DOOR_MIDDLEWARE = [
    "tianqu.web.api.problems.ProblemMiddleware",
    "tianqu.project.body_limit.BodyLimitMiddleware",
]
TIANQU_API_TOKEN_PER_MINUTE = int(os.environ.get("TIANQU_API_TOKEN_PER_MINUTE", "6000"))  # by token and worker
TIANQU_API_STRANGER_PER_MINUTE = int(os.environ.get("TIANQU_API_STRANGER_PER_MINUTE", "300"))  # by address, worker
TIANQU_OPEN311_KEY_PER_MINUTE = int(os.environ.get("TIANQU_OPEN311_KEY_PER_MINUTE", "600"))  # by key and worker
TIANQU_OPEN311_ADDRESS_PER_MINUTE = int(os.environ.get("TIANQU_OPEN311_ADDRESS_PER_MINUTE", "1200"))  # by worker
TIANQU_OPEN_DATA_ADDRESS_PER_MINUTE = int(os.environ.get("TIANQU_OPEN_DATA_ADDRESS_PER_MINUTE", "1200"))  # by worker
TIANQU_BODY_BYTES_MAX = int(os.environ.get("TIANQU_BODY_BYTES_MAX", str(64 * 1024 * 1024)))  # three files and a form
TIANQU_BODY_SECONDS_MAX = float(os.environ.get("TIANQU_BODY_SECONDS_MAX", "30"))  # for the next 16 KiB of a body

ROOT_URLCONF = "tianqu.project.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "NAME": "jinja2",
        "DIRS": folders_named("templates"),
        "OPTIONS": {
            "environment": "tianqu.web.layout.environment.environment",
            "auto_reload": DEBUG,
            "context_processors": ["tianqu.web.layout.environment.forms_of_page"],
        },
    },
    # allauth's own texts (messages, mails) are Django templates; every page of ours is Jinja2.
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    },
]
WSGI_APPLICATION = "tianqu.project.wsgi.application"
DATABASES = {"default": database_settings(VAR)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "places.Account"
ACCOUNT_USER_MODEL_USERNAME_FIELD = "login"
ACCOUNT_USER_MODEL_EMAIL_FIELD = None  # addresses belong to persons, behind row-level security
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]

LOGGING = logging_settings(level=os.environ.get("TIANQU_LOG_LEVEL", "INFO"))
PROCRASTINATE_ON_APP_READY = "tianqu.project.jobs.add_jobs"

LANGUAGE_CODE = REALM.language
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
TIME_ZONE = REALM.time_zone
USE_TZ = True
USE_I18N = True
LOCALE_PATHS = folders_named("locale")  # one catalogue a folder: kernel rooms, web areas, packs
LANGUAGE_COOKIE_NAME = "tianqu_language"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600  # seconds

STATIC_URL = "static/"
STATIC_ROOT = VAR / "static"
STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.AppDirectoriesFinder"]
# "collected" when `collectstatic` has filled STATIC_ROOT with hashed, compressed files (`tianqu up` does it and
# says so); without it WhiteNoise serves the files from where they lie, so that nothing has to be built first.
STATIC_IS_COLLECTED = os.environ.get("TIANQU_STATIC", "") == "collected"
WHITENOISE_USE_FINDERS = not STATIC_IS_COLLECTED
WHITENOISE_AUTOREFRESH = not STATIC_IS_COLLECTED
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if STATIC_IS_COLLECTED
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
# Schemes of Apprise that notices may use besides the built-in ones; one that takes a host can reach our own network.
TIANQU_APPRISE_SCHEMES = frozenset(filter(None, os.environ.get("TIANQU_APPRISE_SCHEMES", "").split(",")))
globals().update(mail_settings(VAR))  # EMAIL_*, by TIANQU_MAIL
CACHES = {
    # In each worker's memory: it holds the counts of the request limits only, so workers need not share it, and a
    # limit is one per worker. Its size is bounded, and it is gone with the process.
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 20_000}}
}
TIANQU_POSTS_A_MINUTE = int(os.environ.get("TIANQU_POSTS_A_MINUTE", "120"))  # by one address; 0 counts nothing
# Files that one account or address may hand in; each worker counts for itself, 0 counts nothing.
TIANQU_UPLOAD_MB_AN_HOUR = int(os.environ.get("TIANQU_UPLOAD_MB_AN_HOUR", "1000"))
TIANQU_FILES_FREE_MB_MIN = int(os.environ.get("TIANQU_FILES_FREE_MB_MIN", "512"))  # what files leave free on a disk

FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "tianqu.web.uploads.NamelessFileHandler",
]

PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = TIANQU_ORIGIN.startswith("https://")
CSRF_COOKIE_SECURE = SESSION_COOKIE_SECURE
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "account_begin"  # the desk for whoever holds a post, the home page for everybody else
ACCOUNT_ADAPTER = "tianqu.web.account.adapter.AccountAdapter"
ACCOUNT_PRESERVE_USERNAME_CASING = False
ACCOUNT_USERNAME_MIN_LENGTH = 3
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_REDIRECT_URL = "home"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_FORMS = {
    "add_webauthn": "tianqu.web.account.key_forms.AddPasskeyForm",
    "edit_webauthn": "tianqu.web.account.key_forms.EditPasskeyForm",
    "authenticate_webauthn": "tianqu.web.account.key_forms.PasskeyForm",
    "login_webauthn": "tianqu.web.account.key_forms.SignInPasskeyForm",
    "reauthenticate_webauthn": "tianqu.web.account.key_forms.ConfirmPasskeyForm",
    "authenticate": "tianqu.web.account.key_forms.SecondStepForm",
    "reauthenticate": "tianqu.web.account.key_forms.ConfirmForm",
}
MFA_ADAPTER = "tianqu.web.account.adapter.KeyAdapter"
MFA_TOTP_TOLERANCE = 1  # steps of 30 s before and after: slow typing and clocks that differ (RFC 6238, 5.2)
MFA_TOTP_ISSUER = TIANQU_REALM_NAMES["zh"]
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = TIANQU_ORIGIN.startswith("http://localhost")
USERSESSIONS_TRACK_ACTIVITY = True
ALLAUTH_TRUSTED_PROXY_COUNT = int(os.environ.get("TIANQU_PROXIES", "0"))  # whose X-Forwarded-For is believed
CSRF_FAILURE_VIEW = "tianqu.web.layout.errors.stale_form"

# No script and no style stands in a page itself. Bootstrap's arrows and ticks are data: pictures.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "worker-src": ["'self'"],
        "manifest-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    }
}
if TIANQU_ORIGIN.startswith("https://"):
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    CSRF_TRUSTED_ORIGINS = [TIANQU_ORIGIN]
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
