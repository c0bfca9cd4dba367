"""The files that ask something of a result as a whole, the calendar, and what a policy names."""

from __future__ import annotations

import io
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from matching.files import RoundFaults, attached, parse_round, read_round, round_files, write_folder
from matching.problem import UNKNOWN, Window

Files = dict[str, bytes]

ROUND: Files = {
    "students.csv": b"student_id,school_id,groups,programs,max_placements,available\n"
    b"S2,H1,ell,IT,,A 13:00-16:00\nS1,H1,ell;swd,,2,Mon 13:00-16:00\nS3,,,,,\n",
    "opportunities.csv": b"opportunity_id,seats,min_students,employer_id,site_id,kind,budget_id,cost,"
    b"schedule\n"
    b"O2,3,2,E1,W1,job_shadow,B1,120.5,B 09:00-10:00\nO1,1,,E1,W2,internship,B2,0.0001,\n",
    "schools.csv": b"school_id,van_seats,school_hours\nH1,2,A 08:00-15:00;Mon 08:00-15:00\nH2,,\n",
    "limits.csv": b"scope,id,min,max\nschool,H1,1,\ngroup,ell,,2\nsite,W1,2,2\nschool,H2,,0\n",
    "pairs.csv": b"student_a,student_b,relation\nS3,S1,apart\nS2,S1,together\n",
    "budgets.csv": b"budget_id,amount\nB2,12\nB1,1000.0005\n",
    "calendar.csv": b"date,in_session,day_letter\n2027-01-12,yes,B\n2027-01-11,yes,A\n2027-01-18,no,\n",
    "policy.toml": b"on_date = 2027-01-11\n[objective]\n"
    b'goals = ["worst_utility", "fewest_changes", "floors"]\n'
    b'[law]\nschool_hours = "B 08:00-15:00"\n',
}


def zipped(**tables: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in tables.items():
            archive.writestr(f"{name}.txt", text)
    return out.getvalue()


TABLES = {
    "stops": "stop_id,stop_lat,stop_lon\nA,29.95,-90.07\nB,29.96,-90.08\n",
    "routes": "route_id,route_short_name,route_type\nR,94,3\n",
    "trips": "trip_id,route_id,service_id\nT,R,week\n",
    "stop_times": "trip_id,stop_id,stop_sequence,arrival_time,departure_time\n"
    "T,A,1,08:00:00,08:00:00\nT,B,2,08:10:00,08:10:00\n",
    "calendar": "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
    "week,1,1,1,1,1,0,0,20270101,20270630\n",
}
BY_BUS = b'on_date = 2027-01-11\n[travel]\nprovider = "gtfs"\nfeed = "feed.zip"\n'


def by_bus(policy: bytes = BY_BUS, **tables: str) -> Files:
    return ROUND | {"policy.toml": policy, "feed.zip": zipped(**TABLES | tables)}


def faults_of(files: Files) -> list[str]:
    with pytest.raises(RoundFaults) as raised:
        parse_round(files)
    return [str(fault) for fault in raised.value.faults]


def test_limits_are_sorted_and_read() -> None:
    limits = parse_round(ROUND).limits
    assert list(zip(limits.scope, limits.ids, strict=True)) == [
        ("group", "ell"), ("school", "H1"), ("school", "H2"), ("site", "W1")
    ]  # fmt: skip
    assert limits.low.tolist() == [UNKNOWN, 1, UNKNOWN, 2]
    assert limits.high.tolist() == [2, UNKNOWN, 0, 2]
    assert limits.line.tolist() == [3, 2, 5, 4]


def test_companions_stand_with_the_first_student_first() -> None:
    companions = parse_round(ROUND).companions
    assert companions.first.tolist() == [0, 0]
    assert companions.second.tolist() == [1, 2]
    assert companions.together.tolist() == [True, False]
    assert companions.line.tolist() == [3, 2]


def test_money_is_kept_in_whole_numbers() -> None:
    problem = parse_round(ROUND)
    assert problem.budgets.ids == ("B1", "B2")
    assert problem.budgets.amount.tolist() == [10_000_005, 120_000]
    assert problem.opportunities.cost.tolist() == [0.0001, 120.5]


def test_the_calendar_and_its_letters() -> None:
    problem = parse_round(ROUND)
    calendar = problem.calendar
    assert [date.fromordinal(day).isoformat() for day in calendar.dates.tolist()] == [
        "2027-01-11", "2027-01-12", "2027-01-18"
    ]  # fmt: skip
    assert calendar.in_session.tolist() == [True, True, False]
    assert [calendar.letter[row] for row in range(3)] == ["A", "B", ""]
    assert problem.students.available[1] == (Window(-1, 780, 960),)
    assert problem.opportunities.schedule[1] == (Window(-2, 540, 600),)
    assert problem.schools.school_hours[0] == (Window(-1, 480, 900), Window(0, 480, 900))
    assert problem.policy.law.school_hours == (Window(-2, 480, 900),)


def test_the_rest_of_the_format_is_read() -> None:
    problem = parse_round(ROUND)
    assert problem.students.max_placements.tolist() == [2, 1, 1]
    assert problem.opportunities.min_students.tolist() == [0, 2]
    assert problem.schools.van_seats.tolist() == [2, UNKNOWN]
    assert problem.policy.goals == ("worst_utility", "fewest_changes", "floors")
    assert problem.warnings == ()


def test_two_required_pins_of_a_student_with_two_seats() -> None:
    pins = b"student_id,opportunity_id,decision\nS1,O1,require\nS1,O2,require\nS2,O1,forbid\n"
    assert parse_round(ROUND | {"pins.csv": pins}).pins.require.tolist() == [True, True, False]


def test_a_feed_is_read_and_covers_the_round() -> None:
    problem = parse_round(by_bus())
    assert problem.feed is not None and problem.feed.stops.ids == ("A", "B")
    assert problem.warnings == ()


def test_a_feed_of_other_dates_says_which_it_covers() -> None:
    early = TABLES["calendar"].replace("20270101,20270630", "20180101,20180630")
    assert faults_of(by_bus(calendar=early)) == [
        "policy.toml:4: travel.feed: the feed covers 2018-01-01 to 2018-06-30, and the round travels on "
        "2027-01-12; get a newer feed, or write date = … to use the timetable of a day that it covers"
    ]
    dated = BY_BUS + b"date = 2018-06-04\n"
    problem = parse_round(by_bus(dated, calendar=early))
    assert problem.policy.travel.service_date == date(2018, 6, 4)
    wrong = BY_BUS + b"date = 2019-06-04\n"
    assert faults_of(by_bus(wrong, calendar=early)) == [
        "policy.toml:5: travel.date: the feed covers 2018-01-01 to 2018-06-30, not 2019-06-04"
    ]


WORK = "opportunity_id,seats,start_date,end_date,schedule\n"


@pytest.mark.parametrize(
    ("rows", "outside"),
    [
        ("O1,1,2027-02-01,2027-07-31,Mon 13:00-16:00\n", ""),  # a Monday stands for all of them
        ("O1,1,2027-02-01,2028-07-31,\n", ""),  # no window, no timetable
        ("O1,1,2027-06-29,2027-07-31,Mon 13:00-16:00\n", "2027-07-05"),
        ("O1,1,2027-06-29,,Mon 13:00-16:00;Tue 13:00-16:00;Thu 09:00-10:00\n", "2027-07-01 and 2027-07-05"),
        ("O1,1,2027-07-05,,Mon 13:00-16:00;Tue 13:00-16:00\nO2,1,2027-07-12,,Mon 09:00-10:00\n", "2 other"),
    ],
)
def test_a_feed_covers_the_dates_that_are_travelled(rows: str, outside: str) -> None:
    small = {"limits.csv", "budgets.csv", "pairs.csv", "calendar.csv"}
    files = {name: data for name, data in by_bus().items() if name not in small}
    files |= {
        "students.csv": b"student_id\nS1\n",
        "schools.csv": b"school_id\nH1\n",
        "opportunities.csv": (WORK + rows).encode(),
    }
    if not outside:
        assert parse_round(files).feed is not None
        return
    (fault,) = faults_of(files)
    assert outside in fault and "the round travels on 2027-07-0" in fault


def test_a_feed_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages parse one round again and again, and a city's feed takes a second or two."""
    monkeypatch.setattr(attached, "_kept", OrderedDict())
    first = parse_round(by_bus()).feed
    assert parse_round(by_bus()).feed is first
    shifted = TABLES["stop_times"].replace("08:10", "08:20")
    others = [parse_round(by_bus(stop_times=shifted.replace("20:00", f"2{i}:00"))).feed for i in range(3)]
    assert len({feed.digest for feed in others if feed}) == 3
    assert len(attached._kept) == attached.FEEDS_KEPT
    again = parse_round(by_bus()).feed
    assert again and first and again is not first and again.digest == first.digest


NORTH = zipped(**TABLES | {"stops": "stop_id,stop_lat,stop_lon\nA,north,-90\n"})


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "feed.zip:1: feed: "),
        (b"PK\x03\x04 no more", "feed.zip:1: feed: "),
        (NORTH, "feed.zip:1: stop_lat: stops.txt:2: "),
    ],
)
def test_a_feed_that_cannot_be_read_says_where(data: bytes, said: str) -> None:
    (fault,) = faults_of(by_bus() | {"feed.zip": data})
    assert fault.startswith(said)


def test_a_folder_on_disk_gives_the_files_that_its_policy_names(tmp_path: Path) -> None:
    files = by_bus()
    write_folder(tmp_path / "round", files)
    assert read_round(tmp_path / "round").digest == parse_round(files).digest
    # A round that has a feed may be replaced by one without: the feed is a part of it.
    write_folder(tmp_path / "round", ROUND)
    (tmp_path / "round" / "other.zip").write_bytes(b"mine")
    with pytest.raises(FileExistsError, match=r"other\.zip"):
        write_folder(tmp_path / "round", ROUND)


@pytest.mark.parametrize("files", [ROUND, by_bus()], ids=["sides", "feed"])
def test_written_and_read_again_it_is_the_same(files: Files) -> None:
    problem = parse_round(files)
    written = round_files(problem)
    assert set(written) == set(files)
    again = parse_round(written)
    assert again.digest == problem.digest
    assert round_files(again) == written


def replaced(name: str, old: bytes, new: bytes) -> Callable[[Files], Files]:
    def change(files: Files) -> Files:
        assert old in files[name]
        return files | {name: files[name].replace(old, new, 1)}

    return change


SAME: dict[str, Callable[[Files], Files]] = {
    "rows of limits": replaced("limits.csv", b"school,H1,1,\ngroup,ell,,2", b"group,ell,,2\nschool,H1,1,"),
    "which companion comes first": replaced("pairs.csv", b"S3,S1", b"S1,S3"),
    "spelling of money": replaced("budgets.csv", b"B2,12", b"B2,12.0"),
    "rows of the calendar": replaced(
        "calendar.csv", b"2027-01-12,yes,B\n2027-01-11,yes,A", b"2027-01-11,yes,A\n2027-01-12,yes,B"
    ),
    "a blank line": replaced("limits.csv", b"\n", b"\n\n"),
}
OTHER: dict[str, Callable[[Files], Files]] = {
    "a smallest number": replaced("limits.csv", b"H1,1,", b"H1,2,"),
    "a largest number": replaced("limits.csv", b"ell,,2", b"ell,,3"),
    "a scope": replaced("limits.csv", b"site,W1", b"employer,E1"),
    "a relation": replaced("pairs.csv", b"apart", b"together"),
    "an amount": replaced("budgets.csv", b"1000.0005", b"1000.0004"),
    "a cost": replaced("opportunities.csv", b"120.5", b"120.4"),
    "van seats": replaced("schools.csv", b"H1,2", b"H1,3"),
    "a smallest group": replaced("opportunities.csv", b"O2,3,2", b"O2,3,3"),
    "how many seats a student": replaced("students.csv", b"ell;swd,,2", b"ell;swd,,3"),
    "a session": replaced("calendar.csv", b"18,no", b"18,yes"),
    "a letter": replaced("calendar.csv", b"18,no,", b"18,no,C"),
    "a window's letter": replaced("students.csv", b"A 13:00", b"B 13:00"),
    "a goal": replaced("policy.toml", b'"floors"', b'"first_choices"'),
}


@pytest.mark.parametrize("change", SAME.values(), ids=SAME)
def test_digest_does_not_depend_on(change: Callable[[Files], Files]) -> None:
    assert parse_round(change(ROUND)).digest == parse_round(ROUND).digest


@pytest.mark.parametrize("change", OTHER.values(), ids=OTHER)
def test_digest_depends_on(change: Callable[[Files], Files]) -> None:
    assert parse_round(change(ROUND)).digest != parse_round(ROUND).digest


def test_a_feed_counts_by_its_content() -> None:
    one = parse_round(by_bus()).digest
    later = by_bus(stop_times=TABLES["stop_times"].replace("08:10", "08:11"))
    assert parse_round(later).digest != one
    assert parse_round(by_bus(BY_BUS + b"date = 2027-02-01\n")).digest != one
    other_name = by_bus(BY_BUS.replace(b"feed.zip", b"bus.zip"))
    assert parse_round(other_name | {"bus.zip": other_name.pop("feed.zip")}).digest == one
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in reversed(TABLES.items()):
            archive.writestr(f"{name}.txt", text.replace("\n", "\r\n"))
    assert parse_round(by_bus() | {"feed.zip": packed.getvalue()}).digest == one
