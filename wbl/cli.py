"""Commands: the worker, and those of the features."""

from __future__ import annotations

import logging

from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext

from wbl.accounts.cli import account
from wbl.credentials.cli import credential
from wbl.demo.cli import demo
from wbl.interests.cli import interests
from wbl.people.cli import district
from wbl.retention.cli import retention
from wbl.rosters.cli import roster
from wbl.rounds.cli import runs

worker = AppGroup("worker", help="The process that solves rounds, writes letters and sends mail.")


@worker.command("run")
@with_appcontext
def worker_run() -> None:
    """Work until Ctrl-C or SIGTERM."""
    from wbl.jobs.worker import run

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    logging.getLogger("weasyprint").setLevel(logging.WARNING)  # it tells of every step of every letter
    run(current_app._get_current_object())  # type: ignore[attr-defined]  # a proxy


@worker.command("drain")
@with_appcontext
def worker_drain() -> None:
    """Do everything that is due now, then end."""
    from wbl.jobs.worker import drain

    drain()


def init_cli(app: Flask) -> None:
    for group in (worker, district, account, credential, demo, interests, roster, runs, retention):
        app.cli.add_command(group)
