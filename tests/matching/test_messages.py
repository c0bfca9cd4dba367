"""The catalogue: complete, the same in both languages, and readable."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from matching import messages
from matching.counterfactual import KINDS
from matching.eligibility.labor_rules import jurisdictions, load_rules
from matching.eligibility.transit.feed import _EXTENDED, _MODES
from matching.messages import catalogue, duration_text, label, list_text, say, window_text
from matching.pairs import PARTS, REASONS
from matching.problem import MODES
from matching.sentences import help_sentence, sentences

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
    rules = [rule for name in jurisdictions() for rule in load_rules(name).hours_rules.values()]
    assert {f"law_{rule.says}" for rule in rules} <= sentences.keys()


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
    assert messages.day_text("en", day) == "March 3, 2027"
    assert messages.day_text("es", day) == "3 de marzo de 2027"
    assert window_text("en", 1, 13 * 60, 16 * 60) == "Tuesday 1:00\u00a0pm to 4:00\u00a0pm"
    assert window_text("es", 1, 13 * 60, 16 * 60) == "el martes de 1:00\u00a0p.m. a 4:00\u00a0p.m."
    assert (
        window_text("en", day.toordinal(), 545, 16 * 60)
        == "Wednesday, March 3, 2027, 9:05\u00a0am to 4:00\u00a0pm"
    )
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


EXAMPLES = {
    "title": "Riverside Clinic", "name": "Riverside", "steps": "bus 94 at 12:31", "what": "driving",
    "law": "federal rule HO 2", "windows": "Monday 13:00 to 16:00", "ordinal": "second",
}  # fmt: skip
SPOKEN_TO_COORDINATORS = ("advise_", "equity_")


def syllables(word: str, vowels: str) -> int:
    """How many groups of vowels a word has, at least one; close enough for a grade."""
    groups = 0
    before = False
    for letter in word.lower():
        groups += letter in vowels and not before
        before = letter in vowels
    silent = word.lower().endswith("e") and not word.lower().endswith("le") and groups > 1
    return max(1, groups - (silent and "á" not in vowels))


def english_grade(text: str) -> float:
    """The Flesch-Kincaid grade (Kincaid and others, 1975)."""
    words = re.findall(r"[A-Za-z']+", text)
    sentences = max(1, len(re.findall(r"[.!?:](?:\s|$)", text)))
    total = sum(syllables(word, "aeiouy") for word in words)
    return 0.39 * len(words) / sentences + 11.8 * total / len(words) - 15.59


def spanish_ease(text: str) -> float:
    """Fernández Huerta's reading ease (1959); 60 and more is easy to normal."""
    words = re.findall(r"[A-Za-záéíóúüñÁÉÍÓÚÑ]+", text)
    sentences = max(1, len(re.findall(r"[.!?:](?:\s|$)", text)))
    total = sum(syllables(word, "aeiouáéíóúü") for word in words)
    return 206.84 - 60 * total / len(words) - 1.02 * len(words) / sentences


def spoken(language: str) -> list[str]:
    """Every sentence to a student, filled in."""
    texts = []
    for key, text in catalogue(language)["sentences"].items():
        if key.startswith(SPOKEN_TO_COORDINATORS):
            continue
        for form in forms(text):
            values = {name: EXAMPLES.get(name, "3") for name in fields(form)}
            texts.append(form.format_map(values))
    return texts


def test_what_is_said_to_students_can_be_read_in_grade_eight() -> None:
    grades = [english_grade(text) for text in spoken("en")]
    assert sum(grades) / len(grades) < 8
    assert english_grade(" ".join(spoken("en"))) < 8
    longest = max(len(text.split()) for text in spoken("en") + spoken("es"))
    assert longest < 40


def test_what_is_said_in_spanish_is_as_easy() -> None:
    assert spanish_ease(" ".join(spoken("es"))) > 65


def test_a_hard_sentence_would_be_noticed() -> None:
    hard = "Notwithstanding aforementioned considerations, prioritization necessitated reallocation."
    assert english_grade(hard) > 12
    assert spanish_ease("Consideraciones administrativas imposibilitaron la redistribución.") < 30


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_step_of_a_way_and_every_kind_of_help_has_words(language: str) -> None:
    steps = {"there": [{"mode": "walk", "minutes": 6, "at": 745}], "back": []}
    steps["back"] = [
        {"mode": mode, "line": "94", "at": -10, "minutes": 5, "from_stop": "A", "to_stop": "B"}
        for mode in sorted({*_MODES.values(), *_EXTENDED.values()})
    ]
    seat = {"opportunity_id": "o", "rank": 1, "parts": {}, "conditions": []}
    seat["leg"] = {"mode": "transit", "from": "home", "there": 6, "back": 50, "steps": steps}
    why = sentences({"placed": [seat], "better_liked": []}, language, {}).why
    assert any("11:50\u00a0p" in line for line in why) and len(why) == 5
    details = {
        "travel_minutes": {"by": 10}, "travel_mode": {"mode": "bike"}, "window": {"windows": [[1, 780, 960]]},
        "pay": {"asked": "paid"}, "rank": {"ranks": "x"}, "refusal": {"refused": "x"},
    }  # fmt: skip
    for kind in KINDS:
        change = {"change": kind, "opportunity_id": "x", "displaces": False, **details.get(kind, {})}
        said = help_sentence(change, language, {"x": "Clinic"})
        assert "Clinic" in said and "{" not in said
    for code in ("listed_pairs", "stable", "side_constraints", "goals"):
        assert say(language, f"help_unknown_{code}")


def test_help_in_words() -> None:
    change = {"change": "travel_minutes", "by": 10, "limit": 30, "opportunity_id": "O12", "displaces": False}
    assert help_sentence(change, "en", {}) == (
        "With 10 more minutes of travel each way, you would be placed at O12, and nobody would lose a seat."
    )
    assert window_text("en", -1, 13 * 60, 16 * 60) == "A days 1:00\u00a0pm to 4:00\u00a0pm"
    assert window_text("es", -2, 13 * 60, 16 * 60) == "los días B de 1:00\u00a0p.m. a 4:00\u00a0p.m."


def test_a_key_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(KeyError):
        say("en", "no_such_key")


def test_the_past_is_told_where_it_counts() -> None:
    seat: dict[str, Any] = {"opportunity_id": "o", "rank": 1, "conditions": [], "leg": None}
    seat |= {"parts": {"growth": [0.9, 15]}, "learned": {"record": 0.8, "teaches": ["teamwork", "own_code"]}}
    why = sentences({"placed": [seat], "better_liked": []}, "en", {}).why
    assert "Students who were placed there before did well." in why
    assert "You can learn there what you are still to learn: teamwork and own code." in why
    seat["parts"] = {"growth": [0.9, 0]}
    why = sentences({"placed": [seat], "better_liked": []}, "en", {}).why
    assert not any("learn" in line for line in why)
