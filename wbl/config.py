"""Settings, from the environment; every one has a default that works on one machine."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any


def secret_key(instance: Path) -> str:
    """``SECRET_KEY`` of the environment, else a key made once and kept in the instance folder."""
    given = os.environ.get("SECRET_KEY")
    if given:
        return given
    path = instance / "secret_key"
    if not path.exists():
        instance.mkdir(parents=True, exist_ok=True)
        # Linked into place whole: the web server and the worker start at once, and must agree on it.
        with NamedTemporaryFile("w", dir=instance) as file:  # mode 600
            file.write(secrets.token_hex(32))
            file.flush()
            with suppress(FileExistsError):
                os.link(file.name, path)
    return path.read_text()


def database_url(instance: Path) -> str:
    """``DATABASE_URL``, else SQLite in the instance folder."""
    url = os.environ.get("DATABASE_URL", "")
    if not url:
        return f"sqlite:///{instance / 'throughline.db'}"
    # SQLAlchemy 2 wants the driver named; hosts hand out the bare scheme.
    for scheme in ("postgresql://", "postgres://"):
        if url.startswith(scheme):
            return "postgresql+psycopg://" + url[len(scheme) :]
    return url


def public_url(instance: Path) -> str:
    """``PUBLIC_URL``, else where `script/serve` last served, else its default."""
    served = instance / "public_url"
    told = os.environ.get("PUBLIC_URL") or (served.read_text().strip() if served.exists() else "")
    return (told or "http://127.0.0.1:8000").rstrip("/")


def oidc_secret(slug: str) -> str:
    """The client secret of a district's OpenID Connect provider: ``OIDC_SECRET_MESA_CLARA``.

    Named after the district and nothing that somebody types, so that no page can ask for another one.
    """
    return os.environ.get(oidc_secret_name(slug), "")


def oidc_secret_name(slug: str) -> str:
    return f"OIDC_SECRET_{slug.upper().replace('-', '_')}"


def defaults(instance: Path) -> dict[str, Any]:
    """Every setting of the application, with what it is for."""
    return {
        "SECRET_KEY": secret_key(instance),
        "SQLALCHEMY_DATABASE_URI": database_url(instance),
        # An error of the database goes to the log: its statement may, names and birth dates may not.
        "SQLALCHEMY_ENGINE_OPTIONS": {"hide_parameters": True},
        # Where pages are reached from outside: links in letters and mail begin with it.
        "PUBLIC_URL": public_url(instance),
        "MAX_CONTENT_LENGTH": 64 * 1024 * 1024,
        "MAX_FORM_MEMORY_SIZE": 1024 * 1024,
        "MAX_FORM_PARTS": 200,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": os.environ.get("PUBLIC_URL", "").startswith("https://"),
        "SESSION_LIFETIME": timedelta(hours=12),
        "FAMILY_LINK_LIFETIME": timedelta(days=60),
        "WTF_CSRF_TIME_LIMIT": None,  # as long as the session: a form left open overnight still works
        "BABEL_DEFAULT_LOCALE": "en",
        "LANGUAGES": ("en", "es"),
        # Of letters and of the pages behind a family's link; staff pages are in LANGUAGES.
        "FAMILY_LANGUAGES": ("en", "es", "vi", "ar", "zh_Hans"),
        "RATELIMIT_STORAGE_URI": "memory://",
        # Mail: off until a server is named; until then it is written as files to MAIL_FOLDER.
        "SMTP_URL": os.environ.get("SMTP_URL", ""),
        "MAIL_FROM": os.environ.get("MAIL_FROM", "Throughline <no-reply@throughline.example>"),
        "MAIL_FOLDER": str(instance / "mail"),
        # From and until, in minutes after midnight at the district: nothing is sent then that can wait.
        # A district's own and a person's own go before.
        "QUIET_HOURS": (21 * 60, 7 * 60),
        # A page is a fifth of its size when packed: what a slow line feels most. Cookies go to no other
        # site's requests (SameSite), so nobody else can have a page packed together with their guess.
        "COMPRESS_ALGORITHM": ["br", "gzip"],
        "COMPRESS_BR_LEVEL": 4,
        "COMPRESS_MIMETYPES": ["text/html", "text/css", "text/javascript", "image/svg+xml"],
        # A folder a district, by slug, into which a student information system writes every night.
        "ROSTER_FOLDER": os.environ.get("ROSTER_FOLDER", ""),
        # How many processes draw letters, where there are many: the cores of a small machine.
        "LETTER_PROCESSES": int(os.environ.get("LETTER_PROCESSES") or min(2, os.cpu_count() or 1)),
        # Python's form of the templates, for the next process.
        "COMPILED_TEMPLATES": str(instance / "compiled_templates"),
        "GALLERY": bool(os.environ.get("GALLERY")),
        "CLOCK": None,
        # How old the students may be that a posting in the making is counted for.
        "COUNT_SECONDS": 60,
        "WORKER_POLL_SECONDS": 0.5,
        # As nice(1) counts, of what the worker computes: nobody waits in front of a page for it. 0: as pages.
        "WORKER_NICENESS": int(os.environ.get("WORKER_NICENESS") or 19),
        "RUN_STALE_SECONDS": 30,
    }
