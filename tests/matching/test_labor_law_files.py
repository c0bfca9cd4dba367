"""Rule files: what is wrong with one and on which line, a district's own, dates of force, the page."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from matching.eligibility.labor_rules import hazard_codes, jurisdictions, load_rules, rule_sets
from matching.eligibility.labor_rules.page import page
from matching.eligibility.labor_rules.reading import RuleFaults, parse_overlays, parse_rules
from matching.files import RoundFaults, parse_round
from matching.messages import label
from matching.problem import Problem
from matching.sentences import condition_sentence, reason_sentences, sentences
from matching.solve import solve
from tests.matching.profiles import against, codes, conditions_of, law_rules, one_pair, table

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
HEAD = 'jurisdiction = "district"\nname = { en = "district", es = "del distrito" }\n'
COMMON = 'citation = "policy 5"\nsource = "the board"\nsure = "V"\nen = "late work"\nes = "trabajo tarde"\n'


def overlay(code: str, body: str, common: str = COMMON) -> str:
    return f'{HEAD}[[rules]]\ncode = "{code}"\n{body}\n{common}'


LATE = 'kind = "latest"\nunder_age = 18\ntime = "20:00"\nbefore = "any"'


def own(body: str, common: str = COMMON) -> str:
    return overlay("D-1", body, common)


def with_overlay(text: str, student: dict[str, str], work: dict[str, str]) -> Problem:
    base = {"opportunity_id": "o", "seats": "1", "place": "remote", "start_date": "2027-01-18",
            "end_date": "2027-05-14"}  # fmt: skip
    return parse_round({
        "students.csv": table([{"student_id": "s", **student}]),
        "opportunities.csv": table([{**base, **work}]),
        "policy.toml": b'[law]\noverlays = ["district.toml"]',
        "district.toml": text.encode(),
    })  # fmt: skip


def faults(text: str) -> list[str]:
    with pytest.raises(RuleFaults) as caught:
        parse_rules(text, "d.toml")
    return str(caught.value).split("\n")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("jurisdiction = ", "1: rules: this is not valid TOML"),
        (HEAD, "1: rules: there are none; expected tables [[rules]]"),
        (overlay("D", LATE), '4: code: "D" is not a code of capital letters'),
        (own(LATE.replace("20:00", "8 pm")), '7: time: "8 pm" is not a time of day'),
        (own(LATE.replace("latest", "later")), '5: kind: "later" is no kind; expected'),
        (own(LATE.replace("18", "19")), "6: under_age: \"19\" is not a whole number from 1 to"),
        (own(LATE + "\nhours = 3"), "9: hours: unknown key of the kind latest"),
        (own(LATE.replace('before = "any"', "")), "4: before: it is missing"),
        (own(LATE.replace('"any"', '"noon"')), '8: before: "noon" is not known; expected school'),
        (own(LATE + '\nsummer_time = "21:00"'), "9: summer_time: a summer needs a time"),
        (own(LATE + '\neffective = "2027"'), '9: effective: "2027" is not a date'),
        (own(LATE, COMMON.replace('"V"', '"W"')), '11: sure: "W" is not known'),
        (own(LATE, COMMON.replace("es =", "fr =")), "13: fr: unknown key"),
        (own(LATE) + own(LATE).removeprefix(HEAD), '15: code: "D-1" is the code of'),
        (HEAD + "more = 1\n" + own(LATE).removeprefix(HEAD), "3: more: unknown key; expected one"),
        (own(LATE).replace(', es = "del distrito"', ""), "2: name: "),
        (own(LATE).replace("jurisdiction", "# "), "1: jurisdiction: it is missing"),
        (own('kind = "day_hours"\nunder_age = 18\nhours = 3\ndays = "any"\nprograms.work = {}'),
         '9: programs: "work" is no table of a program'),
        (own('kind = "week_hours"\nunder_age = 18\nhours = 3\nweeks = "any"\n'
                 "programs.wecep = { open = true }"), '9: programs: "open" cannot change in a program'),
        (own('kind = "task"\nmin_age = 18\nexemption_age = 16'), "4: exemption: an exemption and"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_line(text: str, said: str) -> None:
    assert any(fault.startswith(f"d.toml:{said}") for fault in faults(text)), faults(text)


def test_all_faults_of_a_file_are_told_at_once() -> None:
    text = overlay("D-1", LATE.replace("20:00", "x").replace("18", "0"))
    assert [fault.split(": ")[1] for fault in faults(text)] == ["under_age", "time"]


def test_a_code_that_is_taken_is_a_fault_of_the_round_with_its_line() -> None:
    with pytest.raises(RoundFaults) as caught:
        with_overlay(overlay("HO5", LATE), {"birth_date": "2009-06-15"}, {})
    assert str(caught.value) == (
        'district.toml:4: code: "HO5" is a code of US already; choose one of your own'
    )
    with pytest.raises(RuleFaults):
        parse_overlays({"a.toml": overlay("D-1", LATE), "b.toml": overlay("D-1", LATE)})


def test_a_districts_rule_excludes_and_is_told_in_its_own_words() -> None:
    problem = with_overlay(
        overlay("D-LATE", LATE), {"birth_date": "2009-06-15"}, {"schedule": "Mon 18:00-21:00"}
    )
    (reason,) = against(problem)
    assert reason.detail == {
        "rule": "D-LATE", "citation": "policy 5", "found": 21 * 60, "limit": 20 * 60, "under_age": 18,
        "until": "2027-06-15", "words": {"en": "late work", "es": "trabajo tarde"},
        "jurisdiction": {"en": "district", "es": "del distrito"}, "says": "hours_late_daily",
    }  # fmt: skip
    said = reason_sentences({"code": "labor_law", "rules": [reason.detail]}, "en")
    assert said[0].startswith("Until you are 18, you may not work after 8:00\u00a0pm")
    assert said[0].endswith("(district rule policy 5).")
    said = reason_sentences({"code": "labor_law", "rules": [reason.detail]}, "es")
    assert "del distrito" in said[0] and "policy 5" in said[0]


def test_a_district_may_name_tasks_of_its_own() -> None:
    text = overlay("D-POOL", 'kind = "task"\nmin_age = 17')
    work = {"hazards": "D-POOL"}
    assert law_rules(with_overlay(text, {"birth_date": "2010-01-19"}, work)) == ["D-POOL"]
    assert codes(with_overlay(text, {"birth_date": "2010-01-18"}, work)) == []
    assert "D-POOL" in hazard_codes({"d.toml": text}) - hazard_codes()
    with pytest.raises(RoundFaults):
        one_pair({}, work)


def test_the_stricter_of_a_district_and_the_law_decides() -> None:
    loose = overlay("D-LATE", LATE.replace("20:00", "23:00"))
    young, work = {"birth_date": "2012-06-15"}, {"schedule": "Mon 18:00-20:00"}
    assert law_rules(with_overlay(loose, young, work)) == ["HOURS-LATE"]


@pytest.mark.parametrize(
    ("bounds", "rules"),
    [
        ("effective = 2027-01-18", ["D-TASK"]),
        ("effective = 2027-01-19", []),
        ("until = 2027-01-18", ["D-TASK"]),
        ("until = 2027-01-17", []),
        ("", ["D-TASK"]),
    ],
)
def test_a_rule_on_ages_holds_by_the_first_day(bounds: str, rules: list[str]) -> None:
    text = overlay("D-TASK", f'kind = "task"\nmin_age = 18\n{bounds}')
    problem = with_overlay(text, {"birth_date": "2009-06-15"}, {"hazards": "D-TASK"})
    assert law_rules(problem) == rules
    assert codes(problem) == (["labor_law"] if rules else [])


@pytest.mark.parametrize(
    ("bounds", "rules"),
    [
        ("effective = 2027-05-10", ["D-LATE"]),  # the last Monday
        ("effective = 2027-05-11", []),
        ("until = 2027-01-18", ["D-LATE"]),  # the first
        ("until = 2027-01-17", []),
        ("effective = 2027-02-01\nuntil = 2027-02-01", ["D-LATE"]),
        ("effective = 2027-02-02\nuntil = 2027-02-07", []),
    ],
)
def test_a_rule_on_hours_holds_on_its_dates(bounds: str, rules: list[str]) -> None:
    text = overlay("D-LATE", f"{LATE}\n{bounds}")
    work = {"schedule": "Mon 18:00-21:00"}
    assert law_rules(with_overlay(text, {"birth_date": "2009-06-15"}, work)) == rules


def test_what_is_only_general_knowledge_excludes_nobody_unless_it_says_so() -> None:
    older, work = {"birth_date": "2009-06-15"}, {"schedule": "Mon 18:00-21:00"}
    unsure = COMMON.replace('"V"', '"G"')
    assert law_rules(with_overlay(overlay("D-LATE", LATE, unsure), older, work)) == []
    said = overlay("D-LATE", LATE + "\ngates = true", unsure)
    assert law_rules(with_overlay(said, older, work)) == ["D-LATE"]


def test_a_district_may_ask_for_something_to_be_arranged() -> None:
    text = overlay("D-VISIT", 'kind = "condition"\nunder_age = 18\nasked = "always"')
    problem = with_overlay(text, {"birth_date": "2009-06-15"}, {})
    assert conditions_of(problem) == ("law:D-VISIT",)
    record = json.loads(solve(problem).files()["explanations.jsonl"])
    told = {language: sentences(record, language, {}).why[-1] for language in ("en", "es")}
    assert told == {
        "en": "Before you start, the law asks for late work (district rule policy 5).",
        "es": "Antes de empezar, la ley pide trabajo tarde (norma del distrito policy 5).",
    }


def test_conditions_of_states_have_words() -> None:
    said = condition_sentence("en", "law:MA-SUPERVISION")
    assert said == (
        "Before you start, the law asks for an adult who supervises directly at the workplace after 20:00 "
        "(Massachusetts rule M.G.L. c. 149, ss. 56-105)."
    )
    assert "adulto" in condition_sentence("es", "law:MA-SUPERVISION")
    assert label("en", "law:OR-EMPLOYER-CERTIFICATE").startswith("The employer's yearly certificate")


@pytest.mark.parametrize(
    ("code", "state", "schedule", "words"),
    [
        ("MA-DAYS", "US-MA", ";".join(f"{day} 16:00-17:00" for day in DAYS),
         "at most 6 days a week. This is 7 "),
        ("LA-REST", "US-LA", "Mon 20:00-23:00;Tue 06:00-07:00",
         "8 hours off between two days of work. This leaves"),
        ("CO-24-HOURS", "US-CO", "Sat 18:00-24:00;Sun 00:00-03:00",
         "at most 8 hours in any 24 hours. This is 9 hours"),
        ("LA-EARLY", "US-LA", "Tue 04:00-06:00",
         "you may not work before 5:00\u00a0am on a school day. This starts at 4:00\u00a0am"),
        ("MN-LATE", "US-MN", "Mon 20:00-23:30",
         "after 11:00\u00a0pm on an evening before a school day. This ends at 11:30\u00a0pm"),
        ("MA-LATE", "US-MA", "Fri 20:00-24:00",
         "you may not work after 11:30\u00a0pm. This ends at 12:00\u00a0am"),
    ],
)  # fmt: skip
def test_rules_of_states_are_told_by_their_kind(code: str, state: str, schedule: str, words: str) -> None:
    policy = f'[law]\njurisdictions = ["US", "{state}"]'
    problem = one_pair({"birth_date": "2009-12-15"}, {"schedule": schedule}, policy)
    details = [reason.detail for reason in against(problem)]
    assert [detail["rule"] for detail in details] == [code]
    for language in ("en", "es"):
        said = reason_sentences({"code": "labor_law", "rules": details}, language)
        assert load_rules(state).name[language] in said[0]
        assert words in said[0] or language == "es"


def test_every_rule_says_where_it_stands_and_is_known_by_its_own_code() -> None:
    rules = [(name, rule) for name in jurisdictions() for rule in load_rules(name).rules]
    assert len({rule.code for _, rule in rules}) == len(rules)
    for name, rule in rules:
        assert rule.citation and rule.source and rule.text["en"] and rule.text["es"]
        assert name == "US" or rule.code.startswith(f"{name[3:]}-")
        assert name != "US" or rule.effective == date(2010, 7, 19) or rule.code.startswith("AG-")


def test_the_sets_come_in_the_order_of_the_policy_and_then_the_overlays() -> None:
    sets = rule_sets(("US", "US-LA"), {"b.toml": overlay("D-1", LATE), "a.toml": overlay("D-2", LATE)})
    assert [one.jurisdiction for one in sets] == ["US", "US-LA", "district", "district"]
    assert [rule.code for one in sets if one.overlay for rule in one.rules] == ["D-2", "D-1"]


def test_the_page_of_the_rules_is_current() -> None:
    written = Path(__file__).parents[2] / "docs" / "labor-law.md"
    assert written.read_text("utf-8") == page()
    for name in jurisdictions():
        for rule in load_rules(name).rules:
            assert rule.citation in page() and rule.text["en"] in page()
