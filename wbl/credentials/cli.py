"""`flask credential`: verifying a document without anybody's server, and a district's keys."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup, with_appcontext

from wbl import clock
from wbl.accounts.actor import COMMAND
from wbl.credentials import issuing, keys, tokens, words
from wbl.credentials.revocation import is_list
from wbl.credentials.tokens import Malformed
from wbl.credentials.verifying import Verdict, by_lists, verify
from wbl.db import transaction
from wbl.people.models import District

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)

credential = AppGroup("credential", help="Credentials of completed placements, and the keys that sign them.")


@credential.command("verify")
@click.argument("document", type=FILE)
@click.option("--keys", "key_file", type=FILE, required=True, help="The issuer's public keys (a JWK set).")
@click.option(
    "--status", "lists", type=FILE, multiple=True, help="A status list of the issuer's; repeatable."
)
@with_appcontext
def verify_file(document: Path, key_file: Path, lists: tuple[Path, ...]) -> None:
    """Say what is to be said of DOCUMENT; nothing is fetched. Ends with status 1 unless it is valid."""
    known = _keys(key_file)
    report = verify(
        document.read_bytes(), known, clock.now(), by_lists([_list(path, known) for path in lists])
    )
    click.echo(f"{words.title_of(report)} ({report.verdict})")
    click.echo(words.meaning_of(report))
    for fault in report.faults:
        click.echo(f"  {words.fault_words(fault)}")
    if report.verdict is not Verdict.VALID:
        raise SystemExit(1)


@credential.command("keys")
@click.option("--district", "slug", required=True, help="Which district, by its short name.")
@with_appcontext
def show_keys(slug: str) -> None:
    """The district's public keys as a JWK set, the newest first."""
    click.echo(json.dumps({"keys": keys.published(keys.of_district(_district(slug).id))}, indent=2))


@credential.command("rotate")
@click.option("--district", "slug", required=True, help="Which district, by its short name.")
@with_appcontext
def rotate(slug: str) -> None:
    """Begin a new key. What earlier ones signed still verifies: they stay published."""
    with transaction():
        made = keys.rotate(COMMAND, _district(slug)).address
    click.echo(f"From now on credentials are signed with {made}")


def _district(slug: str) -> District:
    found = issuing.district_of(slug)
    if found is None:
        raise click.ClickException(f"there is no district {slug!r}.")
    return found


def _keys(path: Path) -> list[dict[str, Any]]:
    """The keys of a JWK set, or the one key that a file holds."""
    found = _json(path)
    listed = found.get("keys", [found])
    if not isinstance(listed, list) or not all(isinstance(one, dict) and "kty" in one for one in listed):
        raise click.ClickException(f"{path}: this is no JWK set.")
    return listed


def _list(path: Path, known: list[dict[str, Any]]) -> dict[str, Any]:
    """A status list: a token that one of the keys signed, or JSON, which is believed as it is."""
    text = path.read_text().strip()
    found = _json(path) if text.startswith("{") else _signed(path, text, known)
    if not is_list(found):
        raise click.ClickException(f"{path}: this is no status list.")
    return found


def _signed(path: Path, text: str, known: list[dict[str, Any]]) -> dict[str, Any]:
    try:
        token = tokens.parse(text)
    except Malformed:
        raise click.ClickException(f"{path}: this is no status list.") from None
    key = tokens.key_for(token, known)
    if key is None or not tokens.signature_holds(token, key):
        raise click.ClickException(f"{path}: none of the keys signed this status list.")
    return token.payload


def _json(path: Path) -> dict[str, Any]:
    try:
        found = tokens.strict_json(path.read_bytes())
    except Malformed:
        raise click.ClickException(f"{path}: this is no JSON.") from None
    if not isinstance(found, dict):
        raise click.ClickException(f"{path}: this is no JSON object.")
    return found
