"""The tables of the demo speak the words of the format and of the labor rules."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from matching.eligibility.labor_rules import load_rules
from matching.files import parse_windows
from matching.files.columns import OBSERVATION_KINDS, WORK_KINDS
from wbl.clusters import CLUSTERS
from wbl.demo.postings import PROFILE_PARTS, profiles
from wbl.demo.vocabulary import GRADES, apportion, availability, load, need_shares, programs

ROLES = [
    pytest.param(profile, role, id=f"{profile['field']}: {role['title']}")
    for part in range(1, PROFILE_PARTS + 1)
    for profile in load(f"business_profiles_{part}")["profile"]
    for role in profile["role"]
]


def test_there_are_fourteen_clusters() -> None:
    assert len(CLUSTERS) == len(set(CLUSTERS)) == 14


@pytest.mark.parametrize(("profile", "role"), ROLES)
def test_a_role_uses_known_codes(profile: dict[str, Any], role: dict[str, Any]) -> None:
    assert profile["cluster"] in CLUSTERS
    assert set(role.get("hazards", ())) <= set(load_rules("US").tasks)
    assert set(role.get("cannot", ())) <= set(need_shares())
    assert set(role["when"]) <= set(load("new_orleans")["schedules"])
    assert role.get("kind", "internship") in (*OBSERVATION_KINDS, *WORK_KINDS)
    taught = {course for program in programs() for course in program.courses}
    core = {"algebra_1", "chemistry_1", "algebra_2", "civics"}
    assert set(role.get("requires_courses", ())) <= taught | core
    assert ("wage" in role) == role.get("paid", True)
    assert role["description"].count(".") >= 2


def test_a_business_type_has_one_profile() -> None:
    types = [
        business_type
        for part in range(1, PROFILE_PARTS + 1)
        for profile in load(f"business_profiles_{part}")["profile"]
        for business_type in profile["types"]
    ]
    assert [name for name, count in Counter(types).items() if count > 1] == []
    assert "" in profiles()


def test_every_cluster_is_offered_somewhere() -> None:
    assert {profile["cluster"] for profile in profiles().values()} == set(CLUSTERS)


@pytest.mark.parametrize("grade", GRADES)
def test_availability_can_be_read(grade: int) -> None:
    shares = availability(grade)
    assert sum(shares.values()) > 0
    for windows in shares:
        assert parse_windows(windows)


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_need_has_words(language: str) -> None:
    assert all(entry[language] for entry in load("common")["needs"].values())


def test_apportion_gives_every_part_its_share() -> None:
    assert apportion([1, 1, 2], 8) == [2, 2, 4]
    assert apportion([1, 1, 1], 8) == [3, 3, 2]
    assert sum(apportion([13, 7.5, 0, 2], 101)) == 101
