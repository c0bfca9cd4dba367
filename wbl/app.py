"""Throughline's web application. ``create_app`` makes it; a web server takes ``create_served``."""

from __future__ import annotations

import gc
import os
from contextlib import suppress
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

from flask import Flask
from jinja2 import FileSystemBytecodeCache

from wbl.accounts.permissions import Permission, allows, visitor
from wbl.config import defaults
from wbl.db import db
from wbl.extensions import csrf, limiter, migrate
from wbl.row_ids import init_row_ids

ROOT = Path(__file__).resolve().parent.parent

FEATURES = (
    "accounts",
    "home",
    "administration",
    "people",
    "rosters",
    "status",
    "finding",
    "employers",
    "interests",
    "opportunities",
    "confirming",
    "interviews",
    "rounds",
    "learning",
    "placements",
    "growth",
    "reflections",
    "agreements",
    "hours",
    "family",
    "guardians",
    "letters",
    "credentials",
    "portfolio",
    "messages",
    "calendars",
    "reports",
    "safety",
    "timeline",
    "audit",
    "jobs",
    "bulk",
    "exports",
)


def create_app(settings: dict[str, Any] | None = None) -> Flask:
    """The application, with ``settings`` over the defaults."""
    app = Flask(
        "wbl",
        template_folder=str(ROOT / "templates"),
        instance_path=str((settings or {}).get("INSTANCE_PATH", ROOT / "instance")),
    )
    app.config.from_mapping(defaults(Path(app.instance_path)))
    app.config.from_mapping(settings or {})
    keep_compiled_templates(app)
    init_row_ids(app)
    init_database(app)
    init_pages(app)
    init_features(app)
    return app


def create_served(settings: dict[str, Any] | None = None) -> Flask:
    """The application of a web server's process, with Python's garbage collection tuned for requests.

    A full collection looks at everything that is alive, 150 ms long; by default it came in one request of
    three that read a thousand rows. What the application is made of is never looked at again, and the
    rest once in some hundred such requests.
    """
    app = create_app(settings)
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 20)
    return app


def keep_compiled_templates(app: Flask) -> None:
    """Compile each template once a machine: all take a process three seconds, and are read back in a tenth.

    Another Jinja compiles them anew. Where nothing can be written (a container's own files), every process
    compiles its own.
    """
    folder = Path(app.config["COMPILED_TEMPLATES"], version("jinja2"))
    with suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            cache = FileSystemBytecodeCache(str(folder))
            app.jinja_options = {**app.jinja_options, "bytecode_cache": cache}


def init_database(app: Flask) -> None:
    import_module("wbl.models")
    db.init_app(app)
    migrate.init_app(app, db, directory=str(ROOT / "migrations"), render_as_batch=True)


def init_pages(app: Flask) -> None:
    """Sign-in, languages, errors, headers and what every template may use."""
    from wbl.accounts.login import init_login
    from wbl.errors import init_errors
    from wbl.i18n import init_i18n
    from wbl.labels import init_labels
    from wbl.navigation import items
    from wbl.packing import init_packing
    from wbl.security import init_security

    init_packing(app)
    csrf.init_app(app)
    limiter.init_app(app)
    init_login(app)
    init_i18n(app)
    init_labels(app)
    init_errors(app)
    init_security(app)
    app.jinja_env.globals.update(
        Permission=Permission,
        can=lambda permission: allows(visitor(), permission),
        nav=lambda: items(visitor()),
    )


def init_features(app: Flask) -> None:
    """The blueprints and commands of every feature."""
    from wbl.cli import init_cli

    for feature in FEATURES:
        app.register_blueprint(import_module(f"wbl.{feature}.routes").blueprint)
    for module in (
        "placements.change_routes",
        "agreements.link_routes",
        "agreements.family_routes",
        "growth.link_routes",
        "hours.link_routes",
        "messages.family_routes",
    ):
        app.register_blueprint(import_module(f"wbl.{module}").blueprint)
    if app.config["GALLERY"]:
        app.register_blueprint(import_module("wbl.gallery.routes").blueprint)
    init_cli(app)
