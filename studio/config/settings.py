"""The settings, all from the environment. `.env.example` lists them with their defaults."""

from pathlib import Path

import django_stubs_ext
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from studio.config.admin import admin_policy, unfold_settings
from studio.config.catalog import use_catalog_file
from studio.config.databases import database_settings
from studio.config.environment import Environment
from studio.config.keys import keys_secrets, on_behalf_of
from studio.config.logins import login_apps, login_providers
from studio.config.logs import configure_logs
from studio.config.mail import mail_settings
from studio.config.media import media_sources, storage_settings
from studio.config.notices import push_settings, site_url
from studio.config.tasks import queue_settings, tasks_backend, tasks_settings
from studio.providers.catalog import MODELS

django_stubs_ext.monkeypatch()

env = Environment()
BASE_DIR = Path(__file__).resolve().parent.parent.parent
VAR_DIR = Path(env.text("VAR_DIR", str(BASE_DIR / "var")))

DEBUG = env.flag("DEBUG", default=False)
SECRET_KEY = env.text("SECRET_KEY", "only-for-debugging" if DEBUG else "")
if not SECRET_KEY:
    raise ImproperlyConfigured(
        "SECRET_KEY is not set. Set it to a long random text "
        '(python -c "import secrets; print(secrets.token_urlsafe(50))"), or DEBUG=true on your own machine.'
    )
SECRET_KEY_FALLBACKS = env.names("SECRET_KEY_FALLBACKS")
ALLOWED_HOSTS = env.names("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env.names("CSRF_TRUSTED_ORIGINS")
HTTPS = env.flag("HTTPS", default=not DEBUG)
STATIC_HASHED = env.flag("STATIC_HASHED", default=not DEBUG)

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "template_partials",
    "csp",
    "storages",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    *login_apps(env),
    "hijack",
    "accounts",
    "studio",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.staff.StaffDoorMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "hijack.middleware.HijackUserMiddleware",
    "accounts.middleware.OriginMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.InvalidFormMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "accounts.middleware.DetourMiddleware",
    "studio.config.middleware.PersonMiddleware",
    "studio.config.middleware.LoginMiddleware",
    "studio.config.middleware.FormAddressMiddleware",
    "accounts.viewing.ViewAsMiddleware",
]
ROOT_URLCONF = "studio.config.urls"
WSGI_APPLICATION = "studio.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["studio.templatetags.dailies"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "studio.views.bell.bell",
            ],
        },
    }
]

DATABASES = {"default": database_settings(env.text("DATABASE_URL", f"sqlite:///{VAR_DIR}/dailies.sqlite3"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.url("REDIS_URL", schemes=("redis", "rediss"))
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "dailies"}
}
TASKS_BACKEND = tasks_backend(env, redis_url=REDIS_URL)
TASKS = tasks_settings(TASKS_BACKEND)
RQ_QUEUES = queue_settings(TASKS_BACKEND, redis_url=REDIS_URL)
RQ = {"COMMIT_MODE": "auto"}

AUTH_USER_MODEL = "accounts.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign_in"
TRUSTED_PROXIES = ALLAUTH_TRUSTED_PROXY_COUNT = env.whole("TRUSTED_PROXIES", 0, least=0, most=9)
SIGN_UP = env.choice("SIGN_UP", "open", among=("open", "invited"))
INVITATION_DAYS = env.whole("INVITATION_DAYS", 14, least=1, most=365)
TEAM_CREATION = env.choice("TEAM_CREATION", "everyone", among=("everyone", "staff"))
TEAM_GRACE_DAYS = env.whole("TEAM_GRACE_DAYS", 30, least=1, most=365)
VIEW_AS = env.flag("VIEW_AS", default=False)
HIJACK_PERMISSION_CHECK = "accounts.staff.may_view_as"
STAFF_SECOND_FACTOR = env.flag("STAFF_SECOND_FACTOR", default=True)
UNFOLD = unfold_settings()
ADMIN_CSP = admin_policy()
ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
ACCOUNT_FORMS = {
    "signup": "accounts.forms.SignUpForm",
    "reset_password": "accounts.forms.ResetForm",
    "request_login_code": "accounts.forms.CodeForm",
}
ACCOUNT_RATE_LIMITS = {
    "login": "60/m/ip",
    "login_failed": "20/5m/ip,5/5m/key",
    "signup": "30/h/ip",
    "reset_password": "30/h/ip,5/h/key",
    "request_login_code": "30/h/ip,5/15m/key",
    "reset_password_from_key": "30/5m/ip",
    "reauthenticate": "10/5m/user",
    "change_password": "10/5m/user",
    "manage_email": "10/5m/user",
}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True  # in the browser that has signed up, no other
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 10 * 60
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if HTTPS else "http"
MFA_ADAPTER = "accounts.adapters.SecondFactorAdapter"
MFA_FORMS = {
    "login_webauthn": "accounts.passkeys.SignInByPasskey",
    "authenticate_webauthn": "accounts.passkeys.PasskeyAsSecondFactor",
    "reauthenticate_webauthn": "accounts.passkeys.PasskeyOnceMore",
    "add_webauthn": "accounts.passkeys.AddPasskey",
    "edit_webauthn": "accounts.passkeys.RenamePasskey",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # nobody is let in before their address is confirmed; this one is about a change
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS
MFA_TOTP_ISSUER = "Dailies"
MFA_TOTP_TOLERANCE = 1  # step of 30 seconds: phones are not that exact, and people type
SOCIALACCOUNT_ADAPTER = "accounts.adapters.OutsideLoginAdapter"
SOCIALACCOUNT_PROVIDERS = login_providers(env)
SOCIALACCOUNT_FORMS = {"signup": "accounts.forms.OutsideSignUpForm"}
SOCIALACCOUNT_LOGIN_ON_GET = False
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
globals().update(mail_settings(env))
SITE_URL = env.url("SITE_URL", site_url(ALLOWED_HOSTS, https=HTTPS))
NOTICE_LONG_TAKE_S = env.number("NOTICE_LONG_TAKE_S", 60, least=0, most=86_400)
_push = push_settings(env)
PUSH_PRIVATE_KEY = _push[0]
PUSH_PUBLIC_KEY = _push[1]
PUSH_CONTACT = _push[2]

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.text("STATIC_ROOT", str(VAR_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = not STATIC_HASHED
MEDIA_ROOT = VAR_DIR / "media"
STORAGES = {
    "default": storage_settings(env, media_root=MEDIA_ROOT),
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if STATIC_HASHED
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
MEDIA_MAX_CLIP_BYTES = env.whole("MEDIA_MAX_CLIP_BYTES", 2 * 1024**3, least=1024, most=64 * 1024**3)
UPLOAD_MAX_IMAGE_BYTES = 60_000_000
UPLOAD_MAX_BYTES = 200_000_000
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024**2
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024**2
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "studio.config.uploads.BoundedUploadHandler",
]

CATALOG_FILE = env.text("CATALOG_FILE")
use_catalog_file(CATALOG_FILE)
VIDEO_PROVIDER = env.choice("VIDEO_PROVIDER", "simulator", among=("simulator", "runway", "cometapi"))
SIMULATOR_URL = "http://127.0.0.1:9100"
SIMULATOR_KEY = "key_" + "5" * 128
RUNWAYML_API_SECRET = env.text("RUNWAYML_API_SECRET", SIMULATOR_KEY if VIDEO_PROVIDER == "simulator" else "")
RUNWAYML_BASE_URL = env.url(
    "RUNWAYML_BASE_URL", SIMULATOR_URL if VIDEO_PROVIDER == "simulator" else "https://api.dev.runwayml.com"
)
RUNWAYML_ON_BEHALF_OF = on_behalf_of(env)
PROVIDER_KEYS_SECRET = keys_secrets(env)
COMETAPI_KEY = env.text("COMETAPI_KEY")
COMETAPI_BASE_URL = env.url("COMETAPI_BASE_URL", "https://api.cometapi.com")
COMETAPI_FORMAT = env.choice("COMETAPI_FORMAT", "runway", among=("runway", "compat", "responses"))
COMETAPI_IMAGES = env.choice("COMETAPI_IMAGES", "inline", among=("inline", "link"))
COMETAPI_CALLBACK_URL = env.url("COMETAPI_CALLBACK_URL", "https://example.com/dailies-never-listens-here")
_is_comet = VIDEO_PROVIDER == "cometapi"
PROVIDER_KEY_NAME = "COMETAPI_KEY" if _is_comet else "RUNWAYML_API_SECRET"
PROVIDER_URL_NAME = "COMETAPI_BASE_URL" if _is_comet else "RUNWAYML_BASE_URL"
PROVIDER_POLL_S = env.number("PROVIDER_POLL_S", 5, least=0.05, most=600)
PROVIDER_MAX_CONCURRENT = env.whole_by_name("PROVIDER_MAX_CONCURRENT", "0", among=MODELS, least=0, most=10_000)
PROVIDER_MAX_DAILY = env.whole_by_name("PROVIDER_MAX_DAILY", "0", among=MODELS, least=0, most=1_000_000)
PROVIDER_READS_PER_S = env.number("PROVIDER_READS_PER_S", 200, least=0.1, most=10_000)
ENGINE_PASS_S = env.number("ENGINE_PASS_S", 1, least=0.02, most=60)
ENGINE_CONCURRENCY = env.whole("ENGINE_CONCURRENCY", 32, least=1, most=1000)
ENGINE_LEASE_S = env.number("ENGINE_LEASE_S", 60, least=0.2, most=3600)
ENGINE_STORING = env.whole("ENGINE_STORING", 8, least=1, most=64)
PAGE_POLL_S = 2

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_AGE = 14 * 24 * 3600
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "studio.views.errors.csrf_failure"
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz)$"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.flag("BEHIND_PROXY", default=False) else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
_media_sources = media_sources(env)
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "blob:", *_media_sources],
        "media-src": [SELF, *_media_sources],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "manifest-src": [SELF],
        "worker-src": [SELF],
    }
}

LOGGING_CONFIG = None
configure_logs(level=env.choice("LOG_LEVEL", "INFO", among=("DEBUG", "INFO", "WARNING", "ERROR")))
