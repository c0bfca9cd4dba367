"""What the law asks of a place, listed for one person: the figures of the files, and nobody else's."""

from __future__ import annotations

import string
from datetime import date

import pytest

from matching.eligibility.labor_rules import jurisdictions, load_rules
from matching.eligibility.law_check import Job, Law, Person
from matching.eligibility.protections import protections
from matching.messages import (
    FAMILY_LANGUAGES,
    catalogue,
    duration_text,
    label,
    law,
    law_text,
    list_text,
    say,
)
from matching.sentences import steps_sentences

FIRST, LAST = date(2027, 1, 19), date(2027, 5, 21)
OFFICE = Job(employment="employee")


def born(age: int) -> Person:
    return Person(birth_date=date(2027 - age, 1, 2))


def test_at_fifteen_federal_hours_and_dangerous_work() -> None:
    found = protections(Law(), born(15), OFFICE, FIRST, LAST)
    assert (found.employment, found.age) == (True, 15)
    (group,) = found.hours
    assert (group.under_age, group.until) == (16, date(2028, 1, 2))
    limits = {rule.code: rule.limit for rule in group.rules}
    assert limits["HOURS-SCHOOL-DAY"] == 3 * 60 and limits["HOURS-SCHOOL-WEEK"] == 18 * 60
    assert limits["HOURS-EARLY"] == 7 * 60 and limits["HOURS-LATE"] == 19 * 60
    assert "HOURS-FLEXIBLE" not in limits
    codes = [rule.code for rule in found.forbidden]
    assert {"HO10", "Y-BAKING", "DRIVING"} <= set(codes)
    assert codes.index("HO2") < codes.index("HO10")
    assert found.names["HO10"]["en"] == "federal"


def test_from_sixteen_states_differ_and_at_eighteen_nothing_is_left() -> None:
    assert protections(Law(), born(16), OFFICE, FIRST, LAST).hours == ()
    (group,) = protections(Law(("US", "US-CO")), born(17), OFFICE, FIRST, LAST).hours
    assert [rule.code for rule in group.rules] == ["CO-24-HOURS", "CO-WEEK"]
    graduate = Person(date(2010, 1, 2), credentials=frozenset({"diploma"}))
    assert protections(Law(("US", "US-CO")), graduate, OFFICE, FIRST, LAST).hours == ()
    grown = protections(Law(jurisdictions()), born(18), OFFICE, FIRST, LAST)
    assert (grown.age, grown.hours, grown.forbidden) == (18, (), ())


def test_an_agreement_opens_starred_orders_alone() -> None:
    learner = Person(date(2010, 6, 1), student_learner=True)
    open_to = {rule.code for rule in protections(Law(), learner, OFFICE, FIRST, LAST).forbidden}
    closed = {rule.code for rule in protections(Law(), born(16), OFFICE, FIRST, LAST).forbidden}
    assert "HO10" in closed - open_to and "HO1" in open_to


def test_a_program_has_figures_of_its_own() -> None:
    job = Job(employment="employee", labor_program="wecep")
    (group,) = protections(Law(), born(15), job, FIRST, LAST).hours
    limits = {rule.code: rule for rule in group.rules}
    assert limits["HOURS-SCHOOL-WEEK"].limit == 23 * 60
    assert limits["HOURS-SCHOOL"].open


def test_nothing_is_said_of_observers_and_of_unknown_ages() -> None:
    assert not protections(Law(), born(13), Job(employment="observation"), FIRST).employment
    unknown = protections(Law(), Person(None), OFFICE, FIRST)
    assert (unknown.age, unknown.hours, unknown.forbidden) == (None, (), ())
    exempt = Law(trainees_are_exempt=True)
    assert protections(exempt, born(15), Job(employment="trainee"), FIRST).hours == ()


def test_only_rules_in_force_during_the_stretch_count() -> None:
    text = """\
jurisdiction = "local"
name = { en = "district", es = "del distrito" }
[[rules]]
code = "L-LATE"
kind = "latest"
under_age = 18
time = "20:00"
before = "any"
effective = 2027-03-01
until = 2027-04-01
citation = "Board policy 12"
source = "Board"
sure = "V"
en = "late work"
es = "trabajo tarde"
"""
    law_of = Law(overlays={"local.toml": text})

    def codes(first: date, last: date | None) -> list[str]:
        hours = protections(law_of, born(17), OFFICE, first, last).hours
        return [rule.code for group in hours for rule in group.rules]

    assert codes(FIRST, LAST) == codes(date(2027, 4, 1), None) == ["L-LATE"]
    assert codes(FIRST, date(2027, 2, 28)) == codes(date(2027, 4, 2), LAST) == []


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", FAMILY_LANGUAGES)
def test_families_languages_say_what_families_read(language: str) -> None:
    own, english = catalogue(language), catalogue("en")
    assert set(own["accommodations"]) == set(english["accommodations"])
    for table in ("sentences", "phrases", "labels"):
        for key, text in own[table].items():
            wanted = english[table][key]
            wanted = wanted if isinstance(wanted, str) else wanted["other"]
            # A language with a clock of 24 hours takes the hour by its other name.
            given = fields(wanted) | ({"hour_of_24"} if key.startswith("clock_") else set())
            forms = [text] if isinstance(text, str) else [text[form] for form in text if form != "by"]
            for form in forms:
                assert fields(form) <= given, key
    needed = {
        rule.code
        for name in jurisdictions()
        for rule in load_rules(name).rules
        if rule.kind in ("task", "driving") or rule.condition
    }
    assert set(own["rules"]) == needed
    assert set(own["jurisdictions"]) == {load_rules(name).name["en"] for name in jurisdictions()}
    for code in sorted(needed):
        assert law_text(language, code) != law_text("en", code)


def test_words_of_a_way_in_each_language() -> None:
    walk, ride = (
        {"mode": "walk", "minutes": 6, "at": 745},
        {"mode": "bus", "line": "94", "at": 751, "minutes": 9},
    )
    leg = {"there": 30, "steps": {"there": [walk, ride], "back": [{**walk, "minutes": 2}]}}
    assert steps_sentences(leg, "vi")[0] == "Đường đi: đi bộ 6 phút, xe buýt 94 lúc 12:31."
    assert steps_sentences(leg, "zh-Hans")[0] == "去程：步行 6 分钟，下午12:31 乘 94 路公交车。"
    assert steps_sentences(leg, "ar") == [
        "طريق الذهاب: المشي 6 دقائق، حافلة \u206894\u2069 الساعة 12:31\u00a0م.",
        "الوصول قبل البداية بـ 15 دقيقة.",
        "طريق العودة: المشي دقيقتان.",
    ]
    assert [duration_text("ar", n) for n in (60, 120, 180, 660, 1)] == [
        "ساعة واحدة", "ساعتان", "3 ساعات", "11 ساعة", "دقيقة واحدة",
    ]  # fmt: skip
    assert say("ar", "minutes", count=102) == "102 دقيقة"
    assert list_text("ar", ["1", "2", "3"]) == "1، 2 و3"
    # A citation keeps its own direction within the Arabic line.
    assert law("ar", "HO10").endswith("\u2068HO 10, 29 CFR 570.61\u2069")
    assert label("vi", "permit") == "Giấy phép lao động"
    assert label("ar", "travel") == "Too far"  # no family reads it
