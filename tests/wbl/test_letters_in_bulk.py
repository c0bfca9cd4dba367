"""Letters drawn by several processes: the same letters, whoever draws them and whoever dies."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.wbl.published import Published, published_place
from wbl.db import db, transaction
from wbl.jobs import outbox
from wbl.letters.models import Letter, LetterBook
from wbl.letters.services import write_letters
from wbl.paper import batches
from wbl.paper.laying_out import lay_out
from wbl.placements.models import Publication

pytestmark = pytest.mark.slow


@pytest.fixture
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """A letter a batch, and a process a letter."""
    monkeypatch.setattr(batches, "BATCH", 1)
    monkeypatch.setattr(batches, "_BATCHES_EACH", 1)


def written(published: Published) -> dict[int | str, bytes | None]:
    """Write the letters; the files by placement, and the book."""
    db.session.rollback()
    write_letters({"publication_id": published.publication_id})
    db.session.rollback()
    found: dict[int | str, bytes | None] = {}
    for letter in db.session.scalars(select(Letter)):
        assert letter.placement_id not in found
        found[letter.placement_id] = letter.pdf
    assert len(found) == 2 and all(found.values())
    return {**found, "book": db.session.scalars(select(LetterBook.pdf)).one()}


def _refuses(*_: Any) -> Any:
    raise AssertionError("drawn by the process that writes")


@pytest.mark.usefixtures("_small_batches")
def test_two_processes_write_what_one_writes(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    published = published_place()
    app.config["LETTER_PROCESSES"] = 1
    by_one = written(published)
    app.config["LETTER_PROCESSES"] = 2
    monkeypatch.setattr(batches, "lay_out", _refuses)
    assert written(published) == by_one


def _dies_in_the_middle() -> None:
    """Sets up a process that is killed with its letter laid out and not written."""

    def dying(html: str, style: str) -> Any:
        lay_out(html, style)
        os.kill(os.getpid(), signal.SIGKILL)

    batches.lay_out = dying


@pytest.mark.usefixtures("_small_batches")
def test_a_process_that_is_killed_costs_no_letter(
    app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    published = published_place()
    app.config["LETTER_PROCESSES"] = 1
    by_one = written(published)
    app.config["LETTER_PROCESSES"] = 2
    monkeypatch.setattr(batches, "_begin", _dies_in_the_middle)
    with caplog.at_level(logging.WARNING):
        assert written(published) == by_one
    assert "a process died" in caplog.text


@pytest.mark.usefixtures("_small_batches")
@pytest.mark.parametrize("processes", [1, 2])
def test_a_withdrawal_stops_the_writing(
    app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, processes: int
) -> None:
    published = published_place()
    app.config["LETTER_PROCESSES"] = processes
    real = outbox.still_at_it

    def withdrawn_meanwhile(publication_id: int) -> None:
        real(publication_id)
        db.session.get_one(Publication, publication_id).withdrawn_at = datetime.now(UTC)
        db.session.flush()

    monkeypatch.setattr(outbox, "still_at_it", withdrawn_meanwhile)
    with caplog.at_level(logging.INFO, "wbl.letters"):
        write_letters({"publication_id": published.publication_id})
    assert [record.getMessage() for record in caplog.records if record.name == "wbl.letters"] == [
        "1 of 2 letters written"
    ]
    db.session.rollback()
    assert not db.session.scalars(select(Letter)).all()


def test_an_application_that_has_drawn_ends_well(tmp_path: Path) -> None:
    # At the end of an interpreter, fonts may be freed after the library that frees them: a crash.
    drawing = (
        "import sys; from wbl.app import create_app; app = create_app({'INSTANCE_PATH': sys.argv[1]});"
        "from wbl.paper.laying_out import lay_out;"
        "lay_out('<html lang=en><title>A</title><p>Words</p></html>', '')"
    )
    assert subprocess.run([sys.executable, "-c", drawing, str(tmp_path)], check=False).returncode == 0


def test_few_letters_begin_no_process(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    published = published_place()
    app.config["LETTER_PROCESSES"] = 2
    monkeypatch.setattr(batches, "ProcessPoolExecutor", _refuses)
    written(published)


@pytest.mark.usefixtures("_small_batches")
def test_letters_that_are_not_changed_stay_and_are_in_the_book(app: Flask) -> None:
    published = published_place()
    before = written(published)
    ana, benny = (published.placement(student).id for student in ("S1", "S2"))
    with transaction():
        published.placement("S1").student.given_name = "Anabel"
        published.placement("S2").student.given_name = "Bernardo"
    db.session.rollback()
    write_letters({"publication_id": published.publication_id, "changed": [ana]})
    db.session.rollback()
    after = {letter.placement_id: letter.pdf for letter in db.session.scalars(select(Letter))}
    assert after[benny] == before[benny] and after[ana] != before[ana]
    assert db.session.scalars(select(LetterBook.pdf)).one() != before["book"]
