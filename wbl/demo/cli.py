"""`flask demo`: build a round folder, take one from files to letters, say who can sign in."""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext

from matching.eligibility.transit.feed import BadFeed
from matching.files import RoundFaults, read_folder, write_folder
from wbl.demo import journey, sign_ins
from wbl.demo.district import demo_round
from wbl.demo.new_orleans import MissingData, new_orleans_round
from wbl.demo.office import SLUG, Office, email_of, password_of, slug_of
from wbl.demo.year.simulating import Year, simulate

demo = AppGroup("demo", help="A district to look at, and the whole job in one command.")

MESA_CLARA = Office(
    slug=SLUG,
    name="Mesa Clara Public Schools",
    timezone="America/Denver",
    contact="Marisol Vega",
    phone="555-0100",
    email="placements@mesa-clara.example",
)
DEFAULT_PORT = 8000  # also that of script/serve
FOLDER = click.Path(file_okay=False, path_type=Path)


@demo.command("build")
@click.option("--new-orleans", "data", type=FOLDER, help="The folder of real data (shared/data).")
@click.option(
    "--feed",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="With --new-orleans: a transit feed (GTFS, .zip) to travel by; it is copied into the round.",
)
@click.option("--students", type=click.IntRange(1, 20_000), default=400, show_default=True)
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--out", type=FOLDER, required=True, help="The round folder to write.")
def build(data: Path | None, feed: Path | None, students: int, seed: int, out: Path) -> None:
    """Write a round folder: the invented district, or (--new-orleans DATA) real employers of a real city."""
    if feed and data is None:
        raise click.UsageError("--feed goes with --new-orleans: the invented district has no transit.")
    timetable = feed.read_bytes() if feed else b""
    try:
        files = demo_round(seed) if data is None else new_orleans_round(data, students, seed, timetable)
    except MissingData as missing:
        raise click.ClickException(str(missing)) from None
    except BadFeed as bad:
        place = f"{bad.file}:{bad.line}: " if bad.file else ""
        raise click.ClickException(f"{feed}: {place}{bad.message}") from None
    write_folder(out, files)
    click.echo(f"{out}: {len(files)} files. Next: script/demo --data {out}")


@demo.command("run")
@click.option("--once", is_flag=True, help="End after the job, without serving.")
@click.option("--data", type=FOLDER, help="Do it with this round folder.")
@click.option("--port", type=click.IntRange(1, 65535), default=DEFAULT_PORT, show_default=True)
@click.option("--timezone", default="America/Chicago", show_default=True, help="With --data: its IANA zone.")
@click.option("--contact", default="", help="With --data: whom letters say to ask.")
@click.option("--phone", default="", help="With --data: the number in letters.")
@click.option("--email", default="", help="With --data: the address in letters.")
@with_appcontext
def run(
    once: bool, data: Path | None, port: int, timezone: str, contact: str, phone: str, email: str
) -> None:
    """Import, solve, verify, publish, write letters; then serve until Ctrl-C."""
    address = f"http://127.0.0.1:{port}"
    if "PUBLIC_URL" not in os.environ:
        # Letters and mail written now carry the address at which it will be served.
        os.environ["PUBLIC_URL"] = address
        Path(current_app.instance_path, "public_url").write_text(address + "\n")
        current_app.config["PUBLIC_URL"] = address
    logging.basicConfig(format="    %(message)s")
    logging.getLogger("wbl.letters").setLevel(logging.INFO)
    try:
        files = demo_round() if data is None else read_folder(data)
        office = (
            MESA_CLARA
            if data is None
            else Office(slug_of(data.name), data.name, timezone, contact, phone, email)
        )
        outcome = journey.run_round(
            files, office, lambda step: click.echo(f"==> {step}"), invented=data is None
        )
    except RoundFaults as faults:
        raise click.ClickException(str(faults)) from None
    except journey.JourneyFailed as failure:
        raise click.ClickException(str(failure)) from None
    click.echo(_report(outcome))
    found = sign_ins.of_round(outcome.round_id)
    if once:
        serve = "script/serve" + (f" --port {port}" if port != DEFAULT_PORT else "")
        click.echo(sign_ins.as_text(found, f"To look at it: {serve}, then open"))
        return
    click.echo(sign_ins.as_text(found))
    script = Path(current_app.root_path).parent / "script" / "serve"
    os.execv(script, [str(script), "--port", str(port)])


@demo.command("year")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the town's truth and its people.")
@with_appcontext
def year(seed: int) -> None:
    """Simulate two rounds and the months between: did the second learn from the first?"""
    try:
        found = simulate(seed, lambda step: click.echo(f"==> {step}"))
    except journey.JourneyFailed as failure:
        raise click.ClickException(str(failure)) from None
    click.echo(_year_report(found))


@demo.command("sign-ins")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@with_appcontext
def show_sign_ins(as_json: bool) -> None:
    """One person a role of the newest demo round, and one family link."""
    found = sign_ins.newest()
    if found is None:
        raise click.ClickException("there is no demo yet: run script/demo --once first.")
    click.echo(json.dumps(found, indent=2) if as_json else sign_ins.as_text(found))


def _year_report(found: Year) -> str:
    weights = ", ".join(f"{name} {weight:g}" for name, weight in found.weights.items())
    return "\n".join(
        [
            "",
            f"Spring: {found.placed[0]} placed, {found.began} began, {found.completed} completed, "
            f"{found.ended} ended early.",
            f"Autumn: {found.placed[1]} placed. Weights: {weights}.",
            "What students truly gain, in points of the scale from 1 to 5 (no table holds it):",
            f"  spring {found.true_first:.3f}",
            f"  autumn {found.true_second:.3f} ({'better' if found.better else 'not better'})",
            f"  autumn, had nothing been learned {found.true_second_unlearned:.3f}",
            f"To look at it: sign in to the district {found.district} as its coordinator "
            f"({email_of('coordinator', found.district)}, "
            f"{password_of(email_of('coordinator', found.district))}).",
        ]
    )


def _report(outcome: journey.Outcome) -> str:
    proved = all(goal["value"] == goal["bound"] for goal in outcome.goals)
    lines = [
        "",
        f"{outcome.placed} of {outcome.students} students placed.",
        *(f"  not placed, {reason.replace('_', ' ')}: {count}" for reason, count in outcome.unplaced.items()),
        "Proved: no placement of this round does better, goal by goal."
        if proved and outcome.status == "optimal"
        else f"Status: {outcome.status}.",
        *(f"  {goal['name']}: {goal['value']:,} (bound {goal['bound']:,})" for goal in outcome.goals),
        f"{outcome.letters} letters written, {outcome.held} held (nobody may receive them), "
        f"{outcome.mails} mails.",
        "Seconds:",
        *(f"  {step}: {spent:.2f}" for step, spent in outcome.seconds.items()),
        "  of the solve: " + ", ".join(f"{phase} {spent:.2f}" for phase, spent in outcome.phases.items()),
    ]
    return "\n".join(lines)
