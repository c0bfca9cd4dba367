"""Folders with random faults: each is a round or says what is wrong with it, and none is a crash."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from matching.files import RoundFaults, parse_round, read_folder, round_files
from tests.matching.test_whole_format import ROUND, by_bus

Files = dict[str, bytes]

GOOD = Path(__file__).parent / "good_folder"
FOLDERS = 5_000
BATCH = 500
QUICK = 150
"""Folders of the sample that is no slow test."""
SNIPPETS = [
    *(b'"', b"\r", b"\x00", b"\xe9", b"\t", b"-1", b"1e9", b";", b"nan", b"[", b"=", b"S1", b"", b" "),
    *(b"A 13:00-16:00", b"Mon 09:00-25:00", b"2027-02-30", b"2027-01-11", b"1.00001", b"99999999999999"),
    *(b"yes", b"group", b"together", b"require", b"O1", b"H1", b"\xff\xfe", b"\xf0\x9f\x98\x80"),
    b"[[rules]]",
    *(b"min_age = -1", b'kind = "x"', b"{ a = 1 }", b"9" * 5_000, b"[" * 2_000, b"x" * 200, b"PK\x03\x04"),
]  # fmt: skip


def overlay() -> bytes:
    """A rule file that ships, as a district might copy it, with codes of its own."""
    from matching.eligibility import labor_rules

    shipped = (Path(labor_rules.__file__).parent / "us-nm.toml").read_bytes()
    return shipped.replace(b'code = "', b'code = "OWN-')


def folders() -> list[Files]:
    """What is mutated: every file of the format is in one of them."""
    ours = by_bus() | {"our-district.toml": overlay()}
    ours["policy.toml"] += b'[law]\noverlays = ["our-district.toml"]\n'
    # The last takes five times as long to read as the others.
    return [read_folder(GOOD), ROUND, read_folder(GOOD), ROUND, ours]


def mutated(files: Files, rng: random.Random) -> Files:
    """A few random edits: bytes, lines and cells changed, repeated, moved or taken away."""
    files = dict(files)
    for _ in range(rng.choice((1, 1, 1, 2, 4, 8))):
        name = rng.choice(sorted(files))
        lines = files[name].split(b"\n")
        row = rng.randrange(len(lines))
        cells = lines[row].split(b",")
        column = rng.randrange(len(cells))
        match rng.randrange(9):
            case 0:
                cells[column] = rng.choice(SNIPPETS)
            case 1:
                position = rng.randint(0, len(lines[row]))
                cells = [lines[row][:position] + rng.choice(SNIPPETS) + lines[row][position:]]
            case 2:
                del cells[column]
            case 3:
                cells.insert(column, rng.choice(cells))
            case 4:
                lines.insert(rng.randrange(len(lines)), lines[row])
            case 5:
                cells = []
            case 6:
                other = files[rng.choice(sorted(files))].split(b"\n")
                cells = [rng.choice(other)]
            case 7:
                # A bit of one byte, anywhere.
                data = bytearray(b",".join(cells))
                if data:
                    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
                cells = [bytes(data)]
            case 8:
                del files[name]
                if not files:
                    break
                continue
        lines[row] = b",".join(cells)
        files[name] = b"\n".join(lines)
    return files


def test_any_folder_is_a_round_or_says_what_is_wrong() -> None:
    check_folders(range(QUICK))


@pytest.mark.slow
@pytest.mark.parametrize("batch", range(FOLDERS // BATCH))
def test_thousands_of_folders_are_rounds_or_say_what_is_wrong(batch: int) -> None:
    check_folders(range(batch * BATCH, (batch + 1) * BATCH))


def check_folders(seeds: range) -> None:
    good = folders()
    for seed in seeds:
        files = mutated(good[seed % len(good)], random.Random(seed))
        try:
            problem = parse_round(files)
        except RoundFaults as raised:
            assert raised.faults, seed
            for fault in raised.faults:
                assert fault.line >= 1, seed
                assert fault.column, (seed, fault)
                assert str(fault).isprintable(), (seed, fault)
                assert fault.line <= files.get(fault.file, b"").count(b"\n") + 1, (seed, fault)
        else:
            assert parse_round(round_files(problem)).digest == problem.digest, seed
