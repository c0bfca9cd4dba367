"""Interests in words, for pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from matching.problem import RIASEC
from wbl.clusters import cluster_label
from wbl.i18n import day, listed, local_date
from wbl.interests.activities import MOST
from wbl.interests.models import InterestProfile
from wbl.interests.occupations import CLOSE, SOME
from wbl.labels import kind_label

LETTERS = {
    "R": _l("Building"),
    "I": _l("Finding out"),
    "A": _l("Creating"),
    "S": _l("Helping"),
    "E": _l("Leading"),
    "C": _l("Organizing"),
}
FULL_NAMES = {
    "R": _l("Realistic"),
    "I": _l("Investigative"),
    "A": _l("Artistic"),
    "S": _l("Social"),
    "E": _l("Enterprising"),
    "C": _l("Conventional"),
}
MEANINGS = {
    "R": _l(
        "You like to work with your hands, tools, machines, plants or animals, and to see what you made."
    ),
    "I": _l("You like to find out how things work: to watch, test, think and solve hard problems."),
    "A": _l("You like to make something new: with words, music, pictures, movement or design."),
    "S": _l("You like to help, teach, care for and listen to people."),
    "E": _l("You like to start things, lead a group, sell an idea and take a chance."),
    "C": _l("You like order: numbers, lists, clear rules and things that are right to the last detail."),
}
ANSWERS = {
    4: _l("I would love it"),
    3: _l("I would like it"),
    2: _l("Not sure"),
    1: _l("I would not like it"),
    0: _l("I would hate it"),
}
assert set(ANSWERS) == set(range(MOST + 1))
MODE_NAMES = {
    "walk": _l("On foot"),
    "bike": _l("By bike"),
    "transit": _l("By bus or train"),
    "car": _l("By car (my own, or somebody drives me)"),
    "van": _l("By the school van"),
}
PAY_NAMES = {
    "either": _l("Both are fine"),
    "paid": _l("Only paid work"),
    "unpaid": _l("Only unpaid work"),
}
NEED_GROUPS = {
    "moving": ("transport", "step_free_access", "wheelchair_access", "accessible_restroom", "seated_work"),
    "room": ("adjustable_desk", "no_heavy_lifting", "quiet_space", "low_noise", "soft_light", "scent_free"),
    "time": ("extra_breaks", "flexible_start", "medication_storage", "allergen_free", "private_room"),
    "reading": ("written_steps", "plain_language", "large_print", "braille", "screen_reader"),
    "hearing": ("captions", "hearing_loop", "sign_language", "interpreter"),
    "people": ("job_coach", "one_to_one", "service_animal"),
}
"""Codes of what helps at work, in the order in which they are asked; alike ones together."""
CLEAR, FAINT = 16, 8
"""The highest score less the lowest: from here on a profile is clear; below the other, flat."""
_MOVED = 5
LEAST_TIMES, MOST_TIMES = 2, 6
"""Between so many times a student's interests are drawn as lines."""


def letter_name(letter: str) -> str:
    return str(LETTERS[letter])


def letter_full_name(letter: str) -> str:
    return str(FULL_NAMES[letter])


def letter_meaning(letter: str) -> str:
    return str(MEANINGS[letter])


def strongest(scores: Sequence[float]) -> str:
    """The letters of the three highest scores, ties in the order R I A S E C, as a match takes them."""
    return "".join(sorted(RIASEC, key=lambda letter: -scores[RIASEC.index(letter)])[:3])


def how_sure(scores: Sequence[float]) -> tuple[str, str]:
    """How far the scores differ: a word for a tag, and what that means."""
    spread = max(scores) - min(scores)
    if spread == 0:
        return _("wide open"), _(
            "All six came out the same, so the shape says nothing yet. That is fine: it changes with what "
            "you try. Nothing here counts for or against you."
        )
    if spread < FAINT:
        return _("still open"), _(
            "Your six scores are close together. Take the order with a grain of salt: you may like many "
            "things, or have not tried enough of them yet."
        )
    if spread < CLEAR:
        return _("fairly clear"), _(
            "Some interests stand out from the others, but not by far. Two of them may well change places "
            "next time."
        )
    return _("clear"), _(
        "Your strongest interests stand out well from the others. They can still change: people do."
    )


def how_it_moved(scores: Sequence[float], earlier: Sequence[float]) -> str:
    """What changed since the time before, in a sentence."""
    moves = [now - then for now, then in zip(scores, earlier, strict=True)]
    up = [letter_name(RIASEC[at]) for at, move in enumerate(moves) if move >= _MOVED]
    down = [letter_name(RIASEC[at]) for at, move in enumerate(moves) if move <= -_MOVED]
    if up and down:
        return _("Stronger than last time: %(up)s. Weaker: %(down)s.", up=listed(up), down=listed(down))
    if up:
        return _("Stronger than last time: %(up)s.", up=listed(up))
    if down:
        return _("Weaker than last time: %(down)s.", down=listed(down))
    return _("Your interests are much the same as last time.")


def moves_of(done: Sequence[InterestProfile], timezone: str) -> dict[str, Any] | None:
    """How the strongest interests of now came out each time, the last time last: for lines over time.

    None where there was one time only, and so nothing moved.
    """
    times = [profile for profile in done[:MOST_TIMES] if profile.scores and profile.done_at][::-1]
    if len(times) < LEAST_TIMES:
        return None
    scores = [profile.scores or [] for profile in times]
    return {
        "points": [_day_of(profile, timezone) for profile in times],
        "series": [
            {
                "label": letter_name(letter),
                "values": [each[RIASEC.index(letter)] for each in scores],
            }
            for letter in strongest(scores[-1])
        ],
    }


def _day_of(profile: InterestProfile, timezone: str) -> str:
    return day(local_date(profile.done_at, timezone), "short") if profile.done_at else ""


def fit_tag(fit: float) -> tuple[str, str]:
    """How well an occupation goes with interests, as a tag: label and kind."""
    if fit >= CLOSE:
        return _("close to your interests"), "good"
    if fit >= SOME:
        return _("some of your interests"), "info"
    return _("something new"), "neutral"


def questions() -> list[str]:
    """What to talk over with an adult."""
    return [
        _("Which of these jobs have you seen somebody do? What did you like about it, and what not?"),
        _("When did you last forget the time because you liked what you were doing?"),
        _("Which of your strong interests do you use at school, at home or for others? Which one never?"),
        _("Which job here surprises you? What would you have to find out to know whether it is for you?"),
        _("Who do you know who could tell you about one of these jobs, or show you?"),
    ]


def kind_option(kind: str) -> tuple[str, str]:
    return kind, kind_label(kind)


def cluster_option(cluster: str) -> tuple[str, str]:
    return cluster, cluster_label(cluster)


def minutes_option(minutes: int) -> tuple[int, str]:
    return minutes, _("%(minutes)s minutes", minutes=minutes)


FILTERS = (
    letter_name,
    letter_full_name,
    letter_meaning,
    fit_tag,
    kind_option,
    cluster_option,
    minutes_option,
)
