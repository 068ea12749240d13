"""Every setting of the project, read once from the environment; the defaults run on a laptop.

`docs/settings.md` describes each variable; a test keeps it complete. A wrong value stops the process with words that
say what to do. What only deserves a warning is a system check in `dashboard/checks.py`.
"""

import os
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import django_stubs_ext
from csp.constants import NONE, SELF
from kombu import Queue as KombuQueue
from psycopg.conninfo import conninfo_to_dict

from dashboard import laptop_keys
from dashboard.embedded.places import places_in
from dashboard.environment import Environment
from dashboard.logs import logging_settings
from dashboard.mail_server import MailServer

# Lets Django's generic classes take their parameter at run time too: ModelForm[Person].
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment(os.environ)

# --- Where and what we are ------------------------------------------------------------------------------------------

# true: a laptop, with keys and services of its own under VAR_DIR. false: production, where all of them must be given.
DEBUG = env.flag("DEBUG", True)
# What this process is. It decides how long a statement may take and how patient it is with the broker.
PROCESS_KIND = env.one_of("PROCESS_KIND", ("web", "worker", "pump", "command"), "worker")
# The folder of the embedded services and of the laptop's keys.
VAR_DIR = Path(env.text("VAR_DIR", str(BASE_DIR / "var")))
# The address people type. Its scheme decides about secure cookies, redirects to https and HSTS.
PUBLIC_URL = env.text("PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/")
# Only for tests: opens the doors that let a test stop a process at a chosen point.
TESTING = env.flag("TESTING", False)
# Only for tests: the point at which a worker dies, as by kill -9 (`wrapups/services/crashing.py`).
CRASH_AT = env.text("CRASH_AT")

# What is logged, and whether as one JSON object a line or for people to read.
LOG_LEVEL = env.one_of("LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR"), "INFO")
LOG_FORMAT = env.one_of("LOG_FORMAT", ("json", "text"), "text" if DEBUG else "json")
LOGGING = logging_settings(level=LOG_LEVEL, form=LOG_FORMAT)
# The bearer token by which a Prometheus server may read /metrics; empty: there is no such page.
METRICS_TOKEN = env.text("METRICS_TOKEN")
# Where errors are reported and spans are sent to; empty: nowhere, and neither library is imported.
SENTRY_DSN = env.text("SENTRY_DSN")
OTLP_ENDPOINT = env.text("OTLP_ENDPOINT")

# --- Secrets --------------------------------------------------------------------------------------------------------

# Signs sessions and forms.
SECRET_KEY = env.text("SECRET_KEY") or (laptop_keys.signing_key(VAR_DIR) if DEBUG else "")
# Fernet keys for the secrets at rest, newest first: the first encrypts, all decrypt.
FIELD_KEYS = env.words("FIELD_KEYS") or ([laptop_keys.field_key(VAR_DIR)] if DEBUG else [])

# --- Web ------------------------------------------------------------------------------------------------------------

_public = urlsplit(PUBLIC_URL)
HTTPS = _public.scheme == "https"
# Further host names the web answers to, beside PUBLIC_URL's.
ALLOWED_HOSTS = [_public.hostname or "", *env.words("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]")]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if HTTPS else []
# true only behind a proxy of ours that sets X-Forwarded-Proto itself and drops what a browser sent.
TRUST_FORWARDED_PROTO = env.flag("TRUST_FORWARDED_PROTO", False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUST_FORWARDED_PROTO else None
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]  # asked from inside, by address
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# Preloading commits a whole domain for years: for its owner to choose, not for us.
# Without its middleware django-axes answers a locked-out person as it answers a wrong password, which is wanted.
SILENCED_SYSTEM_CHECKS = ["security.W021", "axes.W002"]

# Neither page nor fragment has an inline script or style, so no nonce is needed either.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "manifest-src": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
        "upgrade-insecure-requests": HTTPS,
    }
}

# Sessions live in the database, so that one can be ended from the server; a working day is their longest life.
SESSION_COOKIE_AGE = env.whole("SESSION_HOURS", 12) * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
# A browser takes a __Host- cookie from this very host over https only.
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"

# Forms are small; whoever sends more means no form.
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576
# That does not count files. They go to disk, at one address only, and are broken off beyond their own cap.
FILE_UPLOAD_HANDLERS = ["dashboard.upload_handler.CappedUploadHandler"]

# --- Django ---------------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "dashboard.apps.DashboardConfig",
    "wrapups.apps.WrapupsConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
    "axes",
    "csp",
    "django_htmx",
    "pgtrigger",
]
MIDDLEWARE = [
    "dashboard.middleware.reference.ReferenceMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "dashboard.middleware.answers.AnswersMiddleware",
    "dashboard.middleware.timezone.TimeZoneMiddleware",
    "dashboard.middleware.organization.OrganizationMiddleware",
    "dashboard.policy.PolicyMiddleware",
]
ROOT_URLCONF = "dashboard.urls"
WSGI_APPLICATION = "dashboard.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "dashboard.frame.frame",
            ],
        },
    }
]
LANGUAGE_CODE = "en"
USE_TZ = True
TIME_ZONE = "UTC"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- People ---------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "wrapups.Person"
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "overview"
LOGOUT_REDIRECT_URL = "sign-in"
CSRF_FAILURE_VIEW = "dashboard.views.errors.form_expired"
# After so many failures the same name from the same address is refused for a while, in the same words as a wrong
# password. Counted in the database, so that all web processes count together.
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AXES_FAILURE_LIMIT = env.whole("SIGN_IN_FAILURES", 10)
AXES_COOLOFF_TIME = timedelta(minutes=env.whole("SIGN_IN_WAIT_MINUTES", 15))
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in (
        ("UserAttributeSimilarityValidator", {}),
        ("MinimumLengthValidator", {"min_length": 12}),
        ("CommonPasswordValidator", {}),
    )
]

# --- Static files ---------------------------------------------------------------------------------------------------

STATIC_URL = "static/"
# Where collectstatic puts them for production.
STATIC_ROOT = Path(env.text("STATIC_DIR", str(VAR_DIR / "static")))
# Under DEBUG files are served as they lie in the tree, else compressed and under names that change with their content.
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = DEBUG
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# --- Database -------------------------------------------------------------------------------------------------------

_places = places_in(VAR_DIR)
# postgresql://user:secret@host:port/name, as libpq reads it. Empty: the embedded one under VAR_DIR.
DATABASE_URL = env.text("DATABASE_URL")
_database = conninfo_to_dict(DATABASE_URL or _places.database_url)
# How long one statement may take. A page that needs longer is wrong; a command such as migrate has no limit.
_statement_timeout_s = {
    "web": env.whole("WEB_STATEMENT_TIMEOUT_S", 5),
    "worker": env.whole("WORKER_STATEMENT_TIMEOUT_S", 30),
    "pump": env.whole("PUMP_STATEMENT_TIMEOUT_S", 30),
    "command": 0,
}[PROCESS_KIND]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _database.pop("dbname", "wrapups"),
        "USER": _database.pop("user", ""),
        "PASSWORD": _database.pop("password", ""),
        "HOST": _database.pop("host", ""),
        "PORT": _database.pop("port", ""),
        # A connection is kept for a minute and looked at before it is used again.
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "connect_timeout": 3,
            # A server that vanished is noticed after about 5 + 3 x 5 seconds.
            "keepalives_idle": 5,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            # After a failover, never a replica that only reads.
            "target_session_attrs": "read-write",
            # No waiter waits long, and nobody holds locks while doing something else.
            "options": f"-c statement_timeout={_statement_timeout_s}s -c lock_timeout=2s"
            " -c idle_in_transaction_session_timeout=10s",
            "application_name": f"wrapups-{PROCESS_KIND}",
            **_database,
        },
    }
}

# --- Broker and workers ---------------------------------------------------------------------------------------------

# redis://, rediss:// or redis+socket://, Redis or Valkey. Empty: the embedded one under VAR_DIR.
REDIS_URL = env.text("REDIS_URL")
# How many assignments a worker works on at a time. 4.75 calls a second of half a second each need three.
WORKER_THREADS = env.whole("WORKER_THREADS", 4)

CELERY_BROKER_URL = REDIS_URL or _places.redis_url
# Messages are doorbells: they carry an organization's id, and nothing is lost when one is.
CELERY_TASK_DEFAULT_QUEUE = "doorbell"
# Drains fill every thread while there is work. What is done by the clock takes the next free one, ahead of them.
CELERY_TASK_QUEUES = [KombuQueue("doorbell"), KombuQueue("drain")]
CELERY_TASK_ROUTES = {"wrapups.tasks.drain": {"queue": "drain"}}
CELERY_TASK_CREATE_MISSING_QUEUES = False
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
# Outcomes are rows; nobody waits for a result.
CELERY_TASK_IGNORE_RESULT = True
# The lease of the row brings back what a killed worker held. A message that came back as well would only add
# loops: 164 runs of one poisonous message in 20 seconds, measured.
CELERY_TASK_ACKS_LATE = False
CELERY_TASK_REJECT_ON_WORKER_LOST = False
# Celery 6 turns this on; it would stop a call to Genesys half-way whenever Redis blinks.
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
# A message is taken only when a thread is free for it.
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_DISABLE_PREFETCH = True
# Threads, since each process would load the Genesys SDK (215 MiB) anew. This pool knows no time limits: the deadline
# of our HTTP client stands in their place.
CELERY_WORKER_POOL = "threads"
CELERY_WORKER_CONCURRENCY = WORKER_THREADS
# Whoever reaches Redis must not thereby command the workers.
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_REDIRECT_STDOUTS = False
# A worker waits for its broker however long that takes; the pump works the queue meanwhile.
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_POOL_ACQUIRE_TIMEOUT = 2
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object] = {"global_keyprefix": "wrapups:"}
if PROCESS_KIND == "worker":
    CELERY_BROKER_TRANSPORT_OPTIONS |= {
        "queue_order_strategy": "sorted",  # by name: doorbell, drain
        "visibility_timeout": 300,
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 1,
        "socket_timeout": 5,
        "socket_connect_timeout": 2,
        "socket_keepalive": True,
        "health_check_interval": 10,
    }
else:
    # Ringing a doorbell may cost a page 0.7 seconds at most, also when Redis is frozen; the pump rings again anyway.
    CELERY_BROKER_TRANSPORT_OPTIONS |= {
        "socket_timeout": 0.5,
        "socket_connect_timeout": 0.5,
        "retry_on_timeout": False,
        "max_retries": 0,
        "interval_start": 0,
        "interval_step": 0.05,
        "interval_max": 0.1,
    }

# --- Genesys Cloud --------------------------------------------------------------------------------------------------

# How long one call may take in all, from connect to last byte, and how long its connecting.
GENESYS_DEADLINE_S = env.whole("GENESYS_DEADLINE_S", 20)
GENESYS_CONNECT_TIMEOUT_S = env.whole("GENESYS_CONNECT_TIMEOUT_S", 5)
# Base addresses an organization may have besides the known regions, such as the simulator's.
ALLOWED_GENESYS_HOSTS = env.words("ALLOWED_GENESYS_HOSTS")

# --- Webhooks -------------------------------------------------------------------------------------------------------

# true: receivers of webhooks may be on this very machine, over http too. For a laptop; never in production.
LOOPBACK_RECEIVERS = env.flag("LOOPBACK_RECEIVERS", DEBUG)

# --- E-mail ---------------------------------------------------------------------------------------------------------

# Where reports and alerts by e-mail go out; empty: nowhere, and the pages say so.
EMAIL_URL = env.text("EMAIL_URL")
_MAIL = MailServer.read(EMAIL_URL)
EMAIL_BACKEND, EMAIL_HOST, EMAIL_PORT = _MAIL.backend, _MAIL.host, _MAIL.port
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _MAIL.user, _MAIL.password
EMAIL_USE_SSL, EMAIL_USE_TLS = _MAIL.tls, _MAIL.starttls
EMAIL_TIMEOUT = 20
# Whom these letters are from.
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM", "wrapups@localhost")
# What makes a letter of a subscription; services know no pages, so it is named here.
REPORT_WRITER = "dashboard.letters.letter_for"
# What makes letters, posts and documents of alerts: a module.
ALERT_WRITER = "dashboard.alert_letters"

# --- The engine -----------------------------------------------------------------------------------------------------

# How long a worker may hold a row. Longer than a call and its finishing, so that only a frozen or dead one loses it.
LEASE_S = env.whole("LEASE_S", 90)
# How long a worker may have one of an organization's duties, such as discovery, before another one may take it over.
DUTY_LEASE_S = env.whole("DUTY_LEASE_S", 120)
# How often ended conversations are looked for.
DISCOVER_EVERY_S = env.whole("DISCOVER_EVERY_S", 60)
# How often the last day is gone through once more, for what discovery missed, and what was verified looked at again.
RECONCILE_EVERY_S = env.whole("RECONCILE_EVERY_S", 3600)
OVERSEE_EVERY_S = env.whole("OVERSEE_EVERY_S", 300)
# How often the names of codes and queues are read anew, and the codes of a few queues: a handful of calls. The whole
# catalogue is read once a night.
CATALOGUE_EVERY_S = env.whole("CATALOGUE_EVERY_S", 900)
# How often what was decided, and which dispositions came, is counted for the pages that show it.
TALLY_EVERY_S = env.whole("TALLY_EVERY_S", 120)
# How long one doorbell works the queue before it makes room for others and rings again.
DRAIN_FOR_S = env.whole("DRAIN_FOR_S", 5)
# How many events of one source may stand set apart, undecided. Posts beyond that are answered 503.
MOST_SET_APART = env.whole("MOST_SET_APART", 10_000)
# How long the file of an export can be taken.
EXPORT_KEPT_H = env.whole("EXPORT_KEPT_H", 24)
# Which rows an export has; services know no pages, so it is named here.
EXPORT_TABLE = "dashboard.queries.exports.AssignmentTable"
# How long the pump sleeps between two rounds.
PUMP_TICK_S = env.whole("PUMP_TICK_S", 1)
