"""A round that learned from the one before does better by what nobody sees: what students truly gain."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pytest

from matching.files import parse_round, write_table
from matching.learning import History, effects, site_estimates, suggest
from matching.solve import solve
from wbl.demo.district import demo_round

Rows = list[dict[str, str]]
Seat = dict[str, float | str]
LONG_WAY = 45
SEEDS = 10


def rows_of(table: bytes) -> Rows:
    return list(csv.DictReader(io.StringIO(table.decode())))


def table_of(rows: Rows) -> bytes:
    return write_table(tuple(rows[0]), [tuple(row.values()) for row in rows])


class Year:
    """What is true of a town's sites and mentors, and is in no file."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.sites: dict[str, float] = {}
        self.lenient: dict[str, float] = {}

    def gain(self, seat: Seat) -> float:
        """What a student truly gains there, in points."""
        site = str(seat["site"])
        if site not in self.sites:
            self.sites[site] = float(self.rng.normal(0, 0.4))
            self.lenient[site] = float(self.rng.normal(0, 0.5))
        way = -0.4 if float(seat["minutes"]) > LONG_WAY else 0.0
        return 0.8 + self.sites[site] + way

    def rated(self, seat: Seat) -> float:
        """What a mentor says of it: some are kind, and nobody sees all."""
        return self.gain(seat) + self.lenient[str(seat["site"])] * 0.3 + float(self.rng.normal(0, 0.4))


def placed(files: dict[str, bytes]) -> list[Seat]:
    """The seats of a solved round, with their site, minutes and parts."""
    sites = {
        row["opportunity_id"]: row["site_id"] or row["opportunity_id"]
        for row in rows_of(files["opportunities.csv"])
    }
    lines = solve(parse_round(files)).files()["explanations.jsonl"].splitlines()
    return [
        {
            "site": sites[seat["opportunity_id"]],
            "minutes": seat["minutes"] or 0,
            **{name: seat["parts"][name][0] or 0.5 for name in ("preference", "interest")},
        }
        for line in lines
        for seat in json.loads(line)["placed"]
    ]


def learned(files: dict[str, bytes], seats: list[Seat], year: Year) -> dict[str, bytes]:
    """The same offerings for a new round, with the records of their sites and the weights that follow."""
    names = sorted({str(seat["site"]) for seat in seats})
    at = {name: number for number, name in enumerate(names)}
    site = np.array([at[str(seat["site"])] for seat in seats])
    nothing = np.full(len(seats), np.nan)

    def column(name: str) -> np.ndarray:
        return np.array([float(seat[name]) for seat in seats])

    history = History(
        round=np.zeros(len(seats), np.int64),
        site=site,
        rater=site,
        growth=np.array([year.rated(seat) for seat in seats]),
        completed=nothing,
        hours_kept=nothing,
        rating=nothing,
        preference=column("preference"),
        interest=column("interest"),
        minutes=column("minutes"),
        sites=len(names),
        raters=len(names),
    )
    value = dict(zip(names, site_estimates(history).value, strict=True))
    offered = rows_of(files["opportunities.csv"])
    for row in offered:
        known = value.get(row["site_id"] or row["opportunity_id"])
        row["growth"] = "" if known is None else f"{known:.3f}"
    weights = {"preference": 40.0, "interest": 25.0, "travel": 20.0, "growth": 15.0}
    suggested = suggest(weights, effects(history).found).weights
    policy = files["policy.toml"].decode()
    for name, weight in weights.items():
        policy = policy.replace(f"{name} = {weight:g}", f"{name} = {suggested[name]}")
    return {**files, "opportunities.csv": table_of(offered), "policy.toml": policy.encode()}


@pytest.mark.slow
def test_the_same_students_gain_more_where_the_round_has_learned() -> None:
    better = 0
    for seed in range(SEEDS):
        year = Year(seed)
        seats = placed(demo_round(seed)) + placed(demo_round(100 + seed))
        following = demo_round(1000 + seed)  # other students, the same employers
        following.pop("growth.csv", None)
        plain, informed = (
            np.mean([year.gain(seat) for seat in placed(files)])
            for files in (following, learned(following, seats, year))
        )
        better += informed > plain
    assert better >= 9
