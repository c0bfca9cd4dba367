"""What the engine says about files, in Spanish: every message has its words, none is left in English."""

from __future__ import annotations

import ast
import json
import pickle
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale

from matching.eligibility.labor_rules.reading import RuleFaults, parse_rules
from matching.files import BadCell, RoundFaults, parse_round
from matching.files.faults import printable
from matching.said import Label, Said, row, said
from tests.matching.test_bad_folders import CASES, folder_of
from wbl import i18n, translations
from wbl.rounds.engine_words import changed, engine_words, kept

ENGINE = Path(__file__).resolve().parent.parent / "matching"
MARKS = {"said", "to_say"}
# Who is told of what is wrong with a file by one of these is told in words that can be translated.
TELLS = {"BadCell", "BadValue", "BadFeed", "TooMuch", "NotSupported", "Fault", "RuleFault", "fault", "_fault"}
# The command line alone: folders of a disk, and the arguments of a call.
UNSEEN = {"files/folder.py", "commands.py", "previous.py"}
ENGLISH = {
    "the",
    "is",
    "are",
    "not",
    "of",
    "and",
    "or",
    "with",
    "expected",
    "has",
    "this",
    "from",
    "it",
    "at",
}


def calls() -> Iterator[tuple[str, str, ast.Call]]:
    """Every call in the engine: the file, the name of what is called, the call."""
    for path in sorted(ENGINE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
                name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
                yield path.relative_to(ENGINE).as_posix(), name, node


def templates() -> dict[str, str]:
    """Every template that the engine can say, with a file that says it."""
    found = {}
    for file, name, call in calls():
        if name in MARKS:
            first = call.args[0]
            assert isinstance(first, ast.Constant), f"{file}:{call.lineno}: write the template out"
            found[str(first.value)] = file
    return found


def fields(template: str) -> list[tuple[str, str]]:
    parts = Formatter().parse(template)
    return sorted((name, spec or "") for _text, name, spec, _conversion in parts if name is not None)


def test_every_template_is_in_spanish_with_the_same_fields() -> None:
    catalog = translations.read("es")
    found = templates()
    assert len(found) > 190
    faults = []
    for template, file in found.items():
        message = catalog.get(template)
        if message is None or not translations.translated(message):
            faults.append(f"{file}: {template!r} has no Spanish; run script/translations")
        elif fields(str(message.string)) != fields(template):
            faults.append(f"{file}: {template!r} -> {message.string!r}")
    assert not faults, "\n".join(faults)


def test_families_are_not_asked_to_read_them() -> None:
    catalog = translations.read("vi")
    own = [template for template in templates() if catalog.get(template)]
    assert not own


def test_a_message_is_given_what_its_template_names() -> None:
    for file, name, call in calls():
        if name == "said" and all(keyword.arg for keyword in call.keywords):
            first = call.args[0]
            assert isinstance(first, ast.Constant)
            given = sorted({str(keyword.arg) for keyword in call.keywords})
            assert given == sorted({field for field, _spec in fields(str(first.value))}), (
                f"{file}:{call.lineno}"
            )


def test_nothing_is_told_in_words_that_no_catalogue_can_hold() -> None:
    plain = [
        f"{file}:{call.lineno}"
        for file, name, call in calls()
        if name in TELLS and file not in UNSEEN and _words(call.args[-1:])
    ]
    assert not plain, f"say it with said(): {plain}"


def _words(last: list[ast.expr]) -> bool:
    return any(
        isinstance(one, ast.JoinedStr | ast.BinOp)
        or (isinstance(one, ast.Constant) and " " in str(one.value))
        for one in last
    )


@pytest.fixture(scope="module")
def app() -> Flask:
    """Languages alone, without a database."""
    found = Flask("wbl")
    found.config.update(
        SECRET_KEY="for tests only",
        LANGUAGES=("en", "es"),
        FAMILY_LANGUAGES=("en", "es"),
        BABEL_DEFAULT_LOCALE="en",
    )
    found.extensions["login_manager"] = None
    i18n.init_i18n(found)
    return found


def in_spanish(app: Flask, message: str) -> str:
    """As a page shows it after the database has kept it."""
    told = json.loads(json.dumps(kept(message)))
    assert told["message"] == message
    with app.app_context(), force_locale("en"):
        assert engine_words(told) == message
    with app.app_context(), force_locale("es"):
        words = engine_words(told)
    assert words is not None, f"no Spanish: {message}"
    return words


def english_of(words: str) -> set[str]:
    """The English words in it, but for what is quoted of a file."""
    return set(re.findall(r"\w+", re.sub(r'"[^"]*"', "", words))) & ENGLISH


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_corpus_of_faults_reads_in_spanish(case: Path, app: Flask) -> None:
    with pytest.raises(RoundFaults) as raised:
        parse_round(folder_of(case))
    for fault in raised.value.faults:
        words = in_spanish(app, fault.message)
        assert words != fault.message and not english_of(words), words


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('jurisdiction = "X" name', "línea nueva"),
        ("name = [1", "al final del documento"),
        ("a = 1\na = 2\n", "sobre otro"),
        ('jurisdiction = "X"\nrules = 3\n', "tablas [[rules]]"),
    ],
)
def test_a_file_of_rules(app: Flask, text: str, says: str) -> None:
    with pytest.raises(RuleFaults) as raised:
        parse_rules(text, "ours.toml")
    words = [in_spanish(app, fault.message) for fault in raised.value.faults]
    assert any(says in one for one in words), words
    assert not any(map(english_of, words)), words


def test_a_message_stays_one_on_its_way() -> None:
    message = said("{cell} is not {kind}", cell='"a\tb"', kind=said("a number"))
    assert message == '"a\tb" is not a number'
    for same in (str(message), str(BadCell(message)), pickle.loads(pickle.dumps(message))):
        assert isinstance(same, Said) and same == message and same.values["kind"] == "a number"
        assert isinstance(same.values["kind"], Said)
    safe = printable(message)
    assert isinstance(safe, Said) and safe == '"a\\tb" is not a number' and safe.values["cell"] == '"a\\tb"'


def test_codes_and_rows_of_messages(app: Flask) -> None:
    message = row([Label("age", "age"), said("not in eligible.csv")], "; ")
    words = in_spanish(app, message)
    assert words.endswith("; no está en eligible.csv") and words != message


def test_names_take_the_place_of_pseudonyms_in_every_language(app: Flask) -> None:
    message = said("{student} is paired with themselves", student="PAAAAAAAA")
    told = changed(kept(message), lambda text: text.replace("PAAAAAAAA", "Ana"))
    assert told["message"] == "Ana is paired with themselves"
    with app.app_context(), force_locale("es"):
        assert engine_words(told) == "Ana forma par consigo"


@pytest.mark.parametrize(
    "told", [{"message": "of before"}, {"message": "of before", "template": "of before", "values": {}}]
)
def test_what_has_no_spanish_is_known_to_have_none(app: Flask, told: Mapping[str, Any]) -> None:
    with app.app_context(), force_locale("es"):
        assert engine_words(told) is None
    with app.app_context(), force_locale("en"):
        assert engine_words(told) == "of before"
