"""What would have helped a student: as exact as solving the changed round from nothing."""

from __future__ import annotations

import csv
import io
import random
import re
from dataclasses import replace
from time import monotonic

import numpy as np
import pytest

from matching import contest
from matching.counterfactual import _Asked, help_lines, helpful_changes, what_would_help
from matching.files import parse_round
from matching.hypothetical import with_answers
from matching.messages import LANGUAGES, say
from matching.problem import UNKNOWN, Pins, Problem
from matching.residual import NotComputed, Solved, read_solved
from matching.results import Result
from matching.solve import NothingYet, solve
from tests.matching.profiles import BORN, START, table
from tests.matching.rounds import listed_round

HERE = (30.0, -90.0)
GOALS = """
[objective]
goals = ["placed", "utility"]
[weights]
preference = 60
interest = 0
travel = 40
growth = 0
"""


def tight_round(seed: int, goals: str = GOALS) -> Problem:
    return parse_round(tight_files(seed, goals))


def table_rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode())))


def tight_files(seed: int, goals: str = GOALS) -> dict[str, bytes]:
    """A few students and fewer seats along one road, with something to change for most of them."""
    rng = random.Random(seed)
    count, places = rng.randint(3, 7), rng.randint(2, 5)
    students, work, ranks = [], [], []
    for i in range(count):
        students.append(
            {
                "student_id": f"s{i}",
                "birth_date": BORN,
                "latitude": f"{HERE[0] + rng.randint(0, 60) / 1000:.3f}",
                "longitude": str(HERE[1]),
                "max_travel_minutes": str(rng.choice([20, 40, 60])),
                "travel_modes": rng.choice(["walk", "walk;bike", "transit"]),
                "available": rng.choice(["", "Tue 15:00-18:00", "Sat 09:00-17:00"]),
                "pay": rng.choice(["either", "paid"]),
                "open_to_others": rng.choice(["yes", "no"]),
                "priority": str(rng.choice([0, 0, 1])),
            }
        )
        liked = rng.sample(range(places), rng.randint(0, min(3, places)))
        ranks += [
            {"student_id": f"s{i}", "opportunity_id": f"o{o}", "rank": str(rank)}
            for rank, o in enumerate(liked, 1)
        ]
    for o in range(places):
        work.append(
            {
                "opportunity_id": f"o{o}",
                "seats": str(rng.choice([0, 1, 1, 2])),
                "start_date": START,
                "latitude": f"{HERE[0] + rng.randint(0, 60) / 1000:.3f}",
                "longitude": str(HERE[1]),
                "schedule": rng.choice(["", "Tue 15:30-17:30", "Sat 10:00-12:00"]),
                "paid": rng.choice(["yes", "no"]),
            }
        )
    files = {"students.csv": table(students), "opportunities.csv": table(work), "policy.toml": goals.encode()}
    if ranks:
        files["preferences.csv"] = table(ranks)
    return files


def seats_of(problem: Problem) -> tuple[dict[int, int], tuple[tuple[str, int], ...]]:
    result = solve(problem)
    pairs = result.scored.pairs
    held = dict(
        zip(pairs.student[result.chosen].tolist(), pairs.opportunity[result.chosen].tolist(), strict=True)
    )
    return held, result.goals


def without(problem: Problem, student: int, opportunities: set[int]) -> Problem:
    """The round in which a student may not have some seats."""
    rows = sorted((student, o) for o in opportunities)
    s, o = (
        (np.array(column, np.int64) for column in zip(*rows, strict=True))
        if rows
        else (np.zeros(0, np.int64),) * 2
    )
    return replace(problem, pins=Pins(s, o, np.zeros(len(s), np.bool_), np.zeros(len(s), np.int64)))


def really_helps(solved: Solved, problem: Problem, student: int, better: set[int]) -> bool:
    """Whether the goals reach more with the better seats open to the student than without."""
    _, with_them = seats_of(problem)
    _, instead = seats_of(without(problem, student, better))
    return with_them != instead


@pytest.fixture
def every_contest_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contest, "SMALLEST_CONTEST", 0)


@pytest.mark.parametrize("smallest", [0, 10])
@pytest.mark.parametrize("seed", range(40))
def test_what_is_said_to_help_is_what_solving_again_finds(
    seed: int, smallest: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contest, "SMALLEST_CONTEST", smallest)
    goals = GOALS if seed % 2 else GOALS.replace('"utility"', '"priority", "first_choices", "utility"')
    problem = tight_round(seed, goals)
    solved = read_solved(problem, solve(problem).files())
    for student in range(len(problem.students)):
        asked = _Asked(problem, student, int(solved.seat[student]))
        changes, trial = asked.changes()
        helpful = {repr(one.change): one for one in helpful_changes(solved, student)}
        kinds: set[str] = set()
        for copy, change in enumerate(changes):
            changed = with_answers(problem, np.array([student]), [change.answers])
            better = asked.better(trial, copy)
            really = bool(better) and really_helps(solved, changed, student, better)
            if repr(change) in helpful:
                assert really, change
                one = helpful[repr(change)]
                kinds.add(change.kind)
                held, _ = seats_of(changed)
                assert held[student] in better
                # With few students in every contest only seats that stayed free are told of.
                assert smallest == 0 or not one.displaces
                if solved.seat[student] == UNKNOWN and one.displaces:
                    # Somebody else has to give up a seat: as many are placed as before.
                    assert len(held) == int((solved.seat != UNKNOWN).sum())
                if not one.displaces:
                    kept = without(changed, student, better - {one.opportunity})
                    placed = len(seats_of(kept)[0])
                    assert placed >= int((solved.seat != UNKNOWN).sum()) + (solved.seat[student] == UNKNOWN)
            elif change.kind not in kinds and smallest == 0:
                # A smaller change of the kind did not help, or left somebody without a seat.
                known = next((one for one in helpful.values() if one.change.kind == change.kind), None)
                assert not really or known is not None


OTHERS = (
    {"needs": "wheelchair"},
    {"groups": "sex:f;iep"},
    {"max_travel_minutes": "5"},
    {"available": "Sat 09:00-17:00"},
    {"pay": "paid"},
    {"open_to_others": "no"},
    {"priority": "1"},
)


def test_nothing_that_one_other_student_needs_shows_in_a_small_contest() -> None:
    """Whatever another needs, is or answered: where the seats are the same, what is said is too."""
    pairs_of_worlds = 0
    for seed in range(12):
        cells = {name: table_rows(data) for name, data in tight_files(seed).items() if name != "policy.toml"}
        policy = tight_files(seed)["policy.toml"]
        for i, work in enumerate(cells["opportunities.csv"]):
            work["cannot"] = "wheelchair" if i % 2 else ""
        said: dict[object, list[list[str]]] = {}
        for change in ({}, *OTHERS):
            first, *others = cells["students.csv"]
            plain = {"needs": "", "groups": ""}
            changed = {
                **cells,
                "students.csv": [{**plain, **first, **change}, *({**plain, **s} for s in others)],
            }
            problem = parse_round(
                {**{name: table(rows) for name, rows in changed.items()}, "policy.toml": policy}
            )
            files = solve(problem).files()
            seats = tuple(line.rsplit(",", 5)[0] for line in files["placements.csv"].decode().splitlines())
            held = frozenset(tuple(line.split(",")[:2]) for line in seats)
            texts = [
                " ".join(help_lines(problem, files, student, "en", placed=False))
                for student in range(1, len(problem.students))
            ]
            said.setdefault(held, []).append(texts)
        for texts_of in said.values():
            pairs_of_worlds += len(texts_of) - 1
            assert all(texts == texts_of[0] for texts in texts_of), seed
    assert pairs_of_worlds > 40


def test_where_a_holder_could_go_instead_is_not_told() -> None:
    """``a`` holds the clinic, and could go to the shop unless the shop cannot be made fit for them."""
    for needs in ("", "wheelchair"):
        students = [
            {"student_id": "a", "birth_date": BORN, "needs": needs, "pay": "either"},
            {"student_id": "b", "birth_date": BORN, "needs": "", "pay": "paid"},
        ]
        work = {"seats": "1", "start_date": START, "place": "remote"}
        opportunities = [
            {**work, "opportunity_id": "clinic", "cannot": "", "paid": "no"},
            {**work, "opportunity_id": "shop", "cannot": "wheelchair", "paid": "no"},
        ]
        ranks = [{"student_id": "a", "opportunity_id": "clinic", "rank": "1"}]
        problem = parse_round(
            {
                "students.csv": table(students),
                "opportunities.csv": table(opportunities),
                "preferences.csv": table(ranks),
                "refusals.csv": b"student_id,opportunity_id\nb,shop\n",
            }
        )
        assert help_lines(problem, solve(problem).files(), 1, "en", placed=False) == [
            say("en", "help_head"),
            f"  {say('en', 'help_none')}",
        ]


def test_a_free_seat_is_told_as_one_of_several() -> None:
    work = {"seats": "1", "start_date": START, "place": "remote", "paid": "no"}
    problem = parse_round(
        {
            "students.csv": table(
                [
                    {"student_id": "a", "birth_date": BORN, "pay": "either"},
                    {"student_id": "b", "birth_date": BORN, "pay": "paid"},
                ]
            ),
            "opportunities.csv": table([{**work, "opportunity_id": o} for o in ("clinic", "shop")]),
            "preferences.csv": b"student_id,opportunity_id,rank\na,clinic,1\n",
        }
    )
    (_, line) = help_lines(problem, solve(problem).files(), 1, "en", placed=False)
    assert line == (
        "  If unpaid work were fine with you too, there would be a seat for you, for example at shop,"
        " and nobody would lose a seat."
    )


def test_nothing_said_about_a_student_names_another() -> None:
    for seed in range(12):
        problem = tight_round(seed)
        files = solve(problem).files()
        for student in range(len(problem.students)):
            for language in LANGUAGES:
                said = " ".join(help_lines(problem, files, student, language, placed=False))
                assert not re.search(r"\bs\d\b", said) and "{" not in said


def small(cells: dict[str, str], work: dict[str, str], **files: bytes) -> Problem:
    """Students ``a`` and ``b``, and one kind of work with two seats."""
    base = {"opportunity_id": "x", "seats": "2", "start_date": START, "place": "remote", **work}
    students = [{"student_id": "a", "birth_date": BORN, **cells}, {"student_id": "b", "birth_date": BORN}]
    return parse_round(
        {
            "students.csv": table(students),
            "opportunities.csv": table([base]),
            **{f"{name}.csv": data for name, data in files.items()},
        }
    )


@pytest.mark.usefixtures("solver_at_hand", "every_contest_is_large")
def test_a_round_with_side_constraints_is_really_solved_again() -> None:
    problem = small({"pay": "paid"}, {"paid": "no", "min_students": "2"})
    files = solve(problem).files()
    (found,) = what_would_help(problem, files, 0)
    assert (found.change.kind, found.displaces) == ("pay", False)
    assert help_lines(problem, files, 0, "en", placed=False)[1:] == [
        "  If unpaid work were fine with you too, you would be placed at x, and nobody would lose a seat."
    ]
    # The other has no answer to change: it is the first who keeps the work from opening.
    assert what_would_help(problem, files, 1) == []
    assert help_lines(problem, files, 1, "en", placed=False)[1:] == [f"  {say('en', 'help_none')}"]


@pytest.mark.usefixtures("solver_at_hand")
def test_all_changes_share_one_deadline_and_what_is_not_proved_helps_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    problem = small({"pay": "paid"}, {"paid": "no", "min_students": "2"})
    files = solve(problem).files()
    with pytest.raises(NotComputed, match="time"):
        what_would_help(problem, files, 0, monotonic())
    limits: list[float] = []

    def unproved(changed: Problem) -> Result:
        limits.append(changed.policy.solver.time_limit_seconds)
        return replace(solve(changed), status="feasible")

    monkeypatch.setattr("matching.counterfactual.solve", unproved)
    with pytest.raises(NotComputed, match="time"):
        what_would_help(problem, files, 0, monotonic() + 60)
    assert limits and all(0 < limit <= 60 for limit in limits)
    assert limits == sorted(limits, reverse=True)

    def nothing(changed: Problem) -> Result:
        raise NothingYet

    monkeypatch.setattr("matching.counterfactual.solve", nothing)
    assert help_lines(problem, files, 0, "en", placed=False)[1:] == [f"  {say('en', 'help_unknown_time')}"]


@pytest.mark.usefixtures("solver_at_hand")
def test_nothing_is_told_of_a_few_by_solving_again() -> None:
    problem = small({"pay": "paid"}, {"paid": "no", "min_students": "2"})
    # That the work would open tells that the other can do it.
    assert what_would_help(problem, solve(problem).files(), 0) == []
    problem = small({"pay": "paid"}, {"paid": "no"}, limits=b"scope,id,min,max\nkind,internship,,2\n")
    (found,) = what_would_help(problem, solve(problem).files(), 0)
    assert (found.change.kind, found.displaces) == ("pay", False)  # free, and the other stays


def test_what_cannot_be_worked_out_is_said_so() -> None:
    listed = parse_round(listed_round({"x": 1}, [("a", "x", 1)]))
    assert "listed" in help_lines(listed, solve(listed).files(), 0, "en", placed=False)[1]
    problem = small({}, {}, preferences=b"student_id,opportunity_id,rank,opportunity_rank\na,x,1,1\n")
    stable = solve(problem, method="stable").files()
    with pytest.raises(NotComputed, match="stable"):
        what_would_help(problem, stable, 0)
    assert "ranks of both sides" in help_lines(problem, stable, 0, "en", placed=False)[1]


def test_who_has_all_they_wanted_is_told_nothing_more() -> None:
    problem = small({}, {})
    assert help_lines(problem, solve(problem).files(), 0, "en", placed=True) == []
