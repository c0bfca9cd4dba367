"""What the pages of a student's round show: where it stands, and what is still to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask_babel import get_locale
from flask_babel import gettext as _

from matching.messages import say
from wbl import clock
from wbl.i18n import listed, windows
from wbl.interests.models import Submission
from wbl.interests.queries import done_profiles, own_needs
from wbl.interests.submissions import NEEDS, PARTS, TIMES, TRAVEL, WORK
from wbl.interests.words import PAY_NAMES
from wbl.labels import code_label, language_name
from wbl.rounds.models import Round

SOON, OPEN, CLOSED = "soon", "open", "closed"


@dataclass(frozen=True, slots=True)
class OwnRound:
    """A round as the student sees it."""

    round: Round
    submission: Submission | None
    stage: str  # soon | open | closed
    now: datetime

    @property
    def begun(self) -> bool:
        return self.submission is not None and self.submission.begun_at is not None

    @property
    def submitted(self) -> bool:
        return self.submission is not None and self.submission.submitted_at is not None

    @property
    def may_change(self) -> bool:
        return self.stage == OPEN and self.begun


def own(placement_round: Round, submission: Submission | None) -> OwnRound:
    """Where the round stands now."""
    now = clock.now()
    if placement_round.collects_at(now):
        stage = OPEN
    elif placement_round.opens_at is not None and now < placement_round.opens_at:
        stage = SOON
    else:
        stage = CLOSED
    return OwnRound(placement_round, submission, stage, now)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of what is asked: what the student said, in words, and whether they have saved it."""

    name: str
    endpoint: str
    label: str
    said: str
    done: bool


def parts(found: OwnRound) -> list[Part]:
    """Interests and constraints, in the order in which they are asked."""
    submission = found.submission
    assert submission is not None
    # Who submits has read all of it on the page that asks them to check.
    done = set(PARTS if found.submitted else submission.parts_done)
    profiled = bool(done_profiles([submission.student_id]))
    return [
        Part("interests", "interests.index", _("What I like"), _interests_said(submission), profiled),
        Part(TRAVEL, "my_rounds.travel", _("How I get there"), travel_said(submission), TRAVEL in done),
        Part(TIMES, "my_rounds.times", _("When I am free"), times_said(submission), TIMES in done),
        Part(WORK, "my_rounds.work", _("Languages and pay"), work_said(submission), WORK in done),
        Part(NEEDS, "my_rounds.needs", _("What I need to do my best"), needs_said(submission), NEEDS in done),
    ]


def _interests_said(submission: Submission) -> str:
    if submission.riasec:
        return _("Your interests count as one part of how well a place fits.")
    return _("Not needed: without it, interests count neither for nor against a place.")


def travel_said(submission: Submission) -> str:
    """How, and how long."""
    language = str(get_locale().language)
    modes = [say(language, f"mode_{mode}") for mode in (submission.travel_modes or "walk;transit").split(";")]
    return _(
        "I go %(modes)s, at most %(minutes)s minutes one way.",
        modes=listed(modes),
        minutes=submission.max_travel_minutes or "60",
    )


def times_said(submission: Submission) -> str:
    """When."""
    return windows(submission.available) or _("At any time that the law and school allow")


def work_said(submission: Submission) -> str:
    """Which languages, and what pay."""
    pay = str(PAY_NAMES[submission.pay or "either"])
    names = [language_name(tag) for tag in submission.languages.split(";") if tag]
    return f"{listed(names)}. {pay}." if names else f"{pay}."


def needs_said(submission: Submission) -> str:
    """What helps."""
    return listed(code_label(code) for code in sorted(own_needs(submission))) or _("Nothing special")
