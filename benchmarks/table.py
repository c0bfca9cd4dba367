"""The promised figures beside what was measured, as ratios, for the terminal and for README.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Record = dict[str, Any]
Found = dict[str, dict[int, Record]]

MARKS = ("<!-- table: python -m benchmarks -->", "<!-- end of table -->")


@dataclass(frozen=True, slots=True)
class Row:
    """One promise."""

    work: str
    measured: str
    goal: str
    met: bool | None  # None: not measured


@dataclass(frozen=True, slots=True)
class Sizes:
    """Students of each part of the table."""

    large: int = 100_000
    small: int = 10_000
    huge: int = 1_000_000
    transit: int = 5_000


def rows(found: Found, sizes: Sizes) -> list[Row]:
    """The table, as far as it was measured."""
    large, small, huge = sizes.large, sizes.small, sizes.huge

    def record(name: str, students: int) -> Record:
        return found.get(name, {}).get(students, {})

    def seconds(name: str, students: int) -> float | None:
        one = record(name, students)
        return one.get("seconds") if "failed" not in one else None

    bare, ours = seconds("bare", large), seconds("memory", large)
    files, peak = seconds("files", large), record("files", large).get("peak_mib")
    own, own_solve = seconds("memory", small), record("memory", small).get("phases", {}).get("solve")
    pairs = record("memory", large).get("pairs", 0)
    table = [
        _at_most(f"{large:,} students, {pairs:,} pairs: arrays to a proved result", ours, bare, 2.0, "bare"),
        _at_most("  the proofs alone", record("memory", large).get("proofs"), bare, 0.05, "bare"),
        _at_most("  from CSV files to output files", files, bare, 4.0, "bare"),
        Row("  its memory", _mib(peak), "at most 2 GiB", None if peak is None else peak <= 2048),
    ]
    for name, words, least in (("cbc", "PuLP/CBC", 200.0), ("highs", "HiGHS LP", 8.0)):
        table.append(_faster(f"{small:,} students, same optimum: {words}", found, name, small, own, least))
        table.append(_faster("  beside our solve alone", found, name, small, own_solve, None))
    table.append(_unfinished(f"{small:,} students: CP-SAT", record("cp-sat", small), own))
    for times, gap in ((20, 0.05), (150, 0.01)):
        table.append(_gap(small, record(f"sides-{times}", small), own, times, gap))
    stable = seconds("stable", large)
    met = None if stable is None else stable <= 1
    table.append(Row(f"deferred acceptance, {large:,} students", _seconds(stable), "at most 1 s", met))
    library = _faster(
        f"  {small:,} students: the public matching library",
        found,
        "library",
        small,
        seconds("stable", small),
        30.0,
    )
    again = record("again", small)
    table += [
        library,
        _at_most(
            f"one more pin and solve again, {small:,} students",
            again.get("seconds"),
            again.get("anew"),
            0.5,
            "anew",
        ),
    ]
    table.append(_huge(huge, record("memory", huge), seconds("bare", huge)))
    return table + _transit(sizes.transit, record("transit", sizes.transit))


def _at_most(work: str, value: float | None, base: float | None, most: float, of: str) -> Row:
    goal = f"at most {most:.0%} of {of}" if most < 0.1 else f"at most {most:g} x {of}"
    if value is None or not base:
        return Row(work, "not measured", goal, None)
    ratio = value / base
    shown = f"{ratio:.1%}" if most < 0.1 else f"{ratio:.2f} x"
    return Row(work, f"{shown} ({_seconds(value)} : {_seconds(base)})", goal, ratio <= most)


def _faster(
    work: str, found: Found, name: str, students: int, ours: float | None, least: float | None
) -> Row:
    goal = "" if least is None else f"at least {least:g} x faster"
    record = found.get(name, {}).get(students, {})
    theirs = record.get("seconds")
    if theirs is None or ours is None or "failed" in record:
        return Row(work, "not measured", goal, None)
    ratio = theirs / ours
    ended = "" if record.get("finished", True) else ", ended unfinished"
    met = None if least is None else ratio >= least
    return Row(work, f"{ratio:,.0f} x ({_seconds(theirs)} : {_seconds(ours)}{ended})", goal, met)


def _unfinished(work: str, record: Record, ours: float | None) -> Row:
    goal = "unfinished at 500 x our time"
    if not record or ours is None or "failed" in record:
        return Row(work, "not measured", goal, None)
    finished = bool(record.get("finished"))
    words = "finished" if finished else "unfinished"
    gap = f", gap {record['gap']:.2%}" if "gap" in record else ""
    return Row(work, f"{words} after {record['seconds'] / ours:,.0f} x{gap}", goal, not finished)


def _gap(students: int, record: Record, ours: float | None, times: int, most: float) -> Row:
    work = f"{students:,} students with caps, overlapping floors and cohorts"
    goal = f"gap at most {most} % within {times} x"
    if not record or ours is None or "failed" in record:
        return Row(work, record.get("failed", "not measured"), goal, None)
    gap, used = 100 * record["gap"], record["seconds"] / ours
    met = gap <= most and used <= times and record["finished"]
    return Row(work, f"gap {gap:.4f} % after {used:.1f} x", goal, met)


def _huge(students: int, record: Record, bare: float | None) -> Row:
    work, goal = f"{students:,} students, {record.get('pairs', 0):,} pairs", "exact, at most 6 GiB"
    if not record or "failed" in record:
        return Row(f"{students:,} students", record.get("failed", "not measured"), goal, None)
    exact = bool(record.get("finished"))
    beside = f", {record['seconds'] / bare:.2f} x bare" if bare else ""
    words = "exact" if exact else "not proved"
    shown = f"{words}, {_mib(record['peak_mib'])}, {_seconds(record['seconds'])}{beside}"
    return Row(work, shown, goal, exact and record["peak_mib"] <= 6 * 1024)


def _transit(students: int, record: Record) -> list[Row]:
    if not record or "seconds" not in record or "same" not in record:
        words = record.get("failed", "not measured")
        return [Row(f"{students:,} students by New Orleans's timetable", words, "at most 10 s", None)]
    asked, same, peak = record["asked"], record["same"], record["peak_mib"]
    return [
        Row(
            f"{students:,} students, {record['sites']:,} sites by New Orleans's timetable",
            _seconds(record["seconds"]),
            "at most 10 s",
            record["seconds"] <= 10,
        ),
        Row("  its peak of memory", _mib(peak), "at most 1 GiB", peak <= 1024),
        Row("  random pairs as a plain search answers", f"{same} of {asked}", "all", same == asked),
    ]


def same_optimum(found: Found, students: int) -> list[str]:
    """What is wrong where solvers that finished did not reach what the bare solver reached."""
    reached = {
        name: (record[students]["placed"], record[students]["utility"])
        for name, record in found.items()
        if name in ("bare", "highs", "cbc", "scipy", "cp-sat", "memory")
        and record.get(students, {}).get("finished", name == "bare")
        and "utility" in record.get(students, {})
    }
    expected = reached.get("bare")
    return [
        f"{name} reached {placed:,} placed, utility {utility:,}; bare {expected[0]:,}, {expected[1]:,}"
        for name, (placed, utility) in reached.items()
        if expected and (placed, utility) != expected
    ]


def text(table: list[Row]) -> str:
    """The table for the terminal."""
    wide = max(len(row.work) for row in table)
    middle = max(len(row.measured) for row in table)
    return "\n".join(
        f"{row.work:{wide}}  {row.measured:{middle}}  {row.goal:34}  {_verdict(row)}".rstrip()
        for row in table
    )


def markdown(table: list[Row], words: list[str]) -> str:
    """The table for README.md, and what it was measured with."""
    lines = ["| work | measured | goal | |", "|---|---|---|---|"]
    lines += [f"| {row.work.strip()} | {row.measured} | {row.goal} | {_verdict(row)} |" for row in table]
    return "\n".join([*lines, "", *words])


def replace_table(readme: str, table: str) -> str:
    """README.md with the new table between its marks."""
    start, end = (readme.index(mark) for mark in MARKS)
    return f"{readme[:start]}{MARKS[0]}\n\n{table}\n\n{readme[end:]}"


def _verdict(row: Row) -> str:
    return {True: "met", False: "**missed**", None: ""}[row.met]


def _seconds(value: float | None) -> str:
    if value is None:
        return "not measured"
    return f"{value:.3f} s" if value < 1 else f"{value:.1f} s"


def _mib(value: float | None) -> str:
    return "not measured" if value is None else f"{value:,.0f} MiB"
