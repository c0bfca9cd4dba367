"""The catalogue: complete, the same in both languages, and readable."""

from __future__ import annotations

import string
from collections.abc import Mapping
from datetime import date

import pytest

from matching import messages
from matching.eligibility.labor_rules import load_rules
from matching.messages import catalogue, duration_text, label, list_text, say, window_text
from matching.pairs import PARTS, REASONS
from matching.problem import MODES

LANGUAGES = messages.LANGUAGES
UNPLACED = ("no_eligible_pair", "seats_taken", "opportunity_not_opened", "side_constraint")
LAW_CODES = [
    *load_rules().tasks,
    *load_rules().hours_rules,
    load_rules().minimum_age.code,
    load_rules().driving.code,
]


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def forms(text: str | Mapping[str, str]) -> list[str]:
    return [text] if isinstance(text, str) else [text["one"], text["other"]]


def test_both_languages_have_the_same_keys_and_fields() -> None:
    english, spanish = (catalogue(language) for language in LANGUAGES)
    for table in ("sentences", "phrases", "labels", "accommodations"):
        assert list(english[table]) == list(spanish[table])
        for key, text in english[table].items():
            other = spanish[table][key]
            assert isinstance(text, str) == isinstance(other, str), key
            mine, theirs = forms(text), forms(other)
            assert [fields(form) for form in mine] == [fields(form) for form in theirs], key
            assert all(form.strip() == form and form for form in [*mine, *theirs]), key
    for kind, names in english["names"].items():
        assert len(names) == len(spanish["names"][kind])


def test_a_sentence_with_two_forms_names_the_number_that_decides() -> None:
    for language in LANGUAGES:
        for text in catalogue(language)["sentences"].values():
            if isinstance(text, Mapping):
                assert set(text) == {"by", "one", "other"}
                assert text["by"] in fields(text["other"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_that_the_engine_writes_has_words(language: str) -> None:
    codes = [*REASONS, *UNPLACED, "not_listed", "permit", "travel_unknown", *LAW_CODES]
    codes += [f"part:{part}" for part in PARTS]
    for code in codes:
        assert label(language, code) != code
        assert not fields(label(language, code))
    sentences, phrases = catalogue(language)["sentences"], catalogue(language)["phrases"]
    for reason in REASONS:
        assert f"count_{reason}" in sentences
        assert any(key == reason or key.startswith((f"{reason}_", "law_")) for key in sentences)
    assert all(f"unplaced_{reason}" in sentences for reason in UNPLACED)
    assert all(f"mode_{mode}" in phrases for mode in MODES)
    for code in load_rules().hours_rules:
        assert f"law_{code.lower().replace('-', '_')}" in sentences


def test_a_label_of_a_condition_says_what_to_do() -> None:
    assert label("en", "arrange:sign_language") == "Arrange: sign-language interpreter"
    assert label("es", "arrange:sign_language") == "Preparar: intérprete de lengua de señas"
    assert label("en", "agreement:HO16") == (
        "Student-learner agreement: roofing and work on or about a roof (federal rule HO 16, 29 CFR 570.67)"
    )


def test_an_unknown_code_shows_as_itself() -> None:
    assert label("en", "blue_door") == "blue_door"
    assert label("es", "arrange:blue_door") == "Preparar: blue_door"
    assert label("en", "agreement:HO99") == "agreement:HO99"
    assert label("en", "language:tlh") == "tlh"
    assert label("en", "") == ""


@pytest.mark.parametrize(
    ("tag", "said"),
    [("en", "Too far"), ("es", "Demasiado lejos"), ("es-MX", "Demasiado lejos"), ("vi", "Too far")],
)
def test_a_language_is_found_by_its_first_part(tag: str, said: str) -> None:
    assert label(tag, "travel") == said


def test_dates_times_and_lengths() -> None:
    day = date(2027, 3, 3)
    assert messages.day_text("en", day) == "3 March 2027"
    assert messages.day_text("es", day) == "3 de marzo de 2027"
    assert window_text("en", 1, 13 * 60, 16 * 60) == "Tuesday 13:00 to 16:00"
    assert window_text("es", 1, 13 * 60, 16 * 60) == "martes de 13:00 a 16:00"
    assert window_text("en", day.toordinal(), 545, 16 * 60) == "Wednesday, 3 March 2027, 9:05 to 16:00"
    assert [duration_text("en", n) for n in (1, 60, 61, 150)] == [
        "1 minute", "1 hour", "1 hour 1 minute", "2 hours 30 minutes",
    ]  # fmt: skip
    assert duration_text("es", 90) == "1 hora 30 minutos"
    assert [list_text("en", items) for items in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "", "a", "a and b", "a, b and c",
    ]  # fmt: skip
    assert list_text("es", ["a", "b", "c"]) == "a, b y c"


def test_one_and_many() -> None:
    assert say("en", "count_travel", count=1) == "One is too far away."
    assert say("en", "count_travel", count=2) == "2 are too far away."
    assert say("es", "count_travel", count=1) == "Uno está demasiado lejos."


def test_a_key_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(KeyError):
        say("en", "no_such_key")
