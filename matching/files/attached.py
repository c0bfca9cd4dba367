"""The files that a policy names: a district's own labor rules, and a transit feed."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import date
from hashlib import sha256
from threading import Lock

from matching.eligibility.labor_rules import hazard_codes
from matching.eligibility.labor_rules.reading import RuleFaults, parse_overlays
from matching.eligibility.transit.feed import BadFeed, Feed, read_feed
from matching.eligibility.transit.times import service_days
from matching.files.faults import Fault, not_utf8, printable
from matching.files.policy import policy_fault
from matching.files.toml_lines import TooMuch, parse_toml
from matching.problem import Policy, Problem
from matching.said import row, said

_BOM = b"\xef\xbb\xbf"

FEEDS_KEPT = 2
"""Feeds that a process keeps as read: pages ask of one round again and again, and a city's takes seconds."""

# By the digest of the archive. A feed is public and holds nobody's data; it never changes once read.
_kept: OrderedDict[bytes, Feed] = OrderedDict()
_kept_lock = Lock()


def read_overlays(policy: Policy, files: Mapping[str, bytes], faults: list[Fault]) -> Mapping[str, str]:
    """Return the text of each overlay that the policy names and the folder has, checked whole."""
    texts = {}
    for name in policy.law.overlays:
        if name not in files:
            continue  # reported at the policy's key
        raw = files[name].removeprefix(_BOM)
        try:
            text = raw.decode("utf-8").replace("\r\n", "\n")
        except UnicodeDecodeError as error:
            line = raw.count(b"\n", 0, error.start) + 1
            faults.append(Fault(name, line, "overlay", not_utf8(raw[error.start])))
            continue
        try:
            parse_toml(text)
        except TooMuch as error:
            message = said("this is not valid TOML: {why}", why=str(error))
            faults.append(Fault(name, 1, "overlay", message))
        except ValueError:
            texts[name] = text  # said below, with its line
        else:
            texts[name] = text
    try:
        parse_overlays(texts)
    except RuleFaults as error:
        faults += [
            Fault(one.file, one.line, one.column or "overlay", printable(one.message)) for one in error.faults
        ]
    return texts


def known_hazards(policy: Policy, overlays: Mapping[str, str]) -> frozenset[str] | None:
    """Return the codes that hazards may hold; None where an overlay cannot be read."""
    if len(overlays) < len(policy.law.overlays):
        return None
    try:
        return hazard_codes(overlays)
    except RuleFaults:
        return None


def read_transit(policy: Policy, files: Mapping[str, bytes], faults: list[Fault]) -> Feed | None:
    """Return the feed that the policy names; None without one, or where it is at fault."""
    name = policy.travel.feed
    if policy.travel.provider != "gtfs" or name not in files:
        return None
    try:
        return _feed_of(files[name])
    except BadFeed as error:
        message = error.message
        if error.file:
            message = row([f"{error.file}:{error.line}", message], ": ")
        faults.append(Fault(name, 1, error.column or "feed", printable(message)))
        return None


def check_coverage(problem: Problem, files: Mapping[str, bytes], faults: list[Fault]) -> None:
    """Name a feed that says nothing of a date on which the round travels by it.

    Those are the dates that stand for the windows, not all between the first and the last: who
    goes every Monday is asked about one of them.
    """
    feed, stated = problem.feed, problem.policy.travel.service_date
    if feed is None:
        return
    days = (stated,) if stated else tuple(map(date.fromordinal, service_days(problem).tolist()))
    outside = [day for day in days if not feed.covers((day,))]
    if not outside:
        return
    covered = {"first": feed.first_date, "last": feed.last_date}
    if feed.first_date > feed.last_date:
        message = said("no trip of the feed runs on any day")
    elif stated:
        message = said("the feed covers {first} to {last}, not {day}", **covered, day=stated)
    else:
        message = said(
            "the feed covers {first} to {last}, and the round travels on {days}; get a newer feed, or write "
            "date = … to use the timetable of a day that it covers",
            **covered,
            days=_days(outside),
        )
    faults.append(policy_fault(files, ("travel", "date" if stated else "feed"), message))


def _days(days: Sequence[date]) -> str:
    if len(days) == 1:
        return str(days[0])
    if len(days) == 2:
        return said("{one} and {other}", one=days[0], other=days[1])
    return said("{one} and {count} other dates", one=days[0], count=len(days) - 1)


def _feed_of(data: bytes) -> Feed:
    """The feed in an archive, read anew only where it is none of those asked for last."""
    digest = sha256(data).digest()
    with _kept_lock:
        feed = _kept.get(digest)
        if feed is not None:
            _kept.move_to_end(digest)
            return feed
    feed = read_feed(data)
    with _kept_lock:
        _kept[digest] = feed
        while len(_kept) > FEEDS_KEPT:
            _kept.popitem(last=False)
    return feed
