"""The corpus of round folders at fault: each says exactly what is wrong, where, and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from matching.files import RoundFaults, parse_round, read_folder, read_round, write_folder

CORPUS = Path(__file__).parent / "bad_folders"
BASE = CORPUS / "base"
CASES = sorted(path for path in CORPUS.iterdir() if path.is_dir() and path != BASE)
ABOUT_THE_CASE = {"expected.txt", "absent.txt"}


def folder_of(case: Path) -> dict[str, bytes]:
    """The whole round of a case: the base with what the case changes."""
    absent = (case / "absent.txt").read_text().split() if (case / "absent.txt").exists() else []
    base = {name: data for name, data in read_folder(BASE).items() if name not in absent}
    changed = {name: data for name, data in read_folder(case).items() if name not in ABOUT_THE_CASE}
    assert changed or absent, "the case changes nothing"
    return {**base, **changed}


def test_the_base_is_good() -> None:
    assert read_round(BASE).warnings == ()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_says_what_is_wrong(case: Path, tmp_path: Path) -> None:
    folder = tmp_path / "round"
    write_folder(folder, folder_of(case))
    with pytest.raises(RoundFaults) as raised:
        read_round(folder)
    assert str(raised.value).split("\n") == (case / "expected.txt").read_text().strip().split("\n")


def test_shows_a_hundred_faults_and_keeps_all() -> None:
    with pytest.raises(RoundFaults) as raised:
        parse_round(folder_of(CORPUS / "more-than-a-hundred"))
    assert len(raised.value.faults) == 102
    assert len(str(raised.value).split("\n")) == 101


def test_the_corpus_is_large() -> None:
    assert len(CASES) >= 170
