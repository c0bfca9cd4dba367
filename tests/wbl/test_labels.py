"""Whatever the record may hold has words, and no words are kept for what it never holds."""

from __future__ import annotations

import ast
from pathlib import Path

from flask import Flask

from tests.conftest import ROOT
from wbl.audit.words import ACTIONS, action_label
from wbl.bulk.models import BulkKind
from wbl.opportunities.words import DECISIONS
from wbl.rounds.models import PinDecision, RunState

# Recorded under a name that is put together, or handed on.
COMPOSED = {
    *(f"pin.{decision}" for decision in PinDecision),
    *(f"run.{state}" for state in (RunState.FAILED, RunState.STOPPED)),
    *(f"bulk.{kind}" for kind in BulkKind),
    *("consent.give", "consent.record"),
    *("account.close", "account.open", "district.codes_off", "district.codes_on"),
    *("placement.accept", "placement.decline"),
    *(f"posting.{decision}" for decision in DECISIONS),
    *(f"interview.{what}" for what in ("agree", "decline", "guardian", "date", "decide")),
}


def recorded() -> set[str]:
    found = set(COMPOSED)
    for path in Path(ROOT / "wbl").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            called = isinstance(node, ast.Call) and ast.unparse(node.func) in ("record", "keeping.revoke")
            if called and isinstance(node.args[1], ast.Constant | ast.IfExp):
                named = ast.walk(node.args[1])
                found |= {part.value for part in named if isinstance(part, ast.Constant)}
    return found


def test_every_action_has_words(app: Flask) -> None:
    with app.test_request_context():
        assert [action for action in sorted(recorded()) if action_label(action) == action] == []


def test_every_word_is_of_an_action() -> None:
    assert set(ACTIONS) == recorded()
