"""Signs, stages and settings of reports in words."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from wbl.agreements.words import holder_name
from wbl.clusters import cluster_label
from wbl.employers.models import VettingItem
from wbl.employers.words import vetting_name
from wbl.i18n import day, duration, number
from wbl.labels import code_label
from wbl.reports.active import ATTENTION, ON_TRACK, Reason, Sign, acts_next
from wbl.reports.equity import Stage
from wbl.reports.perkins import CIP, CLUSTER
from wbl.rounds.group_words import group_category, group_name

SIGNS = {
    Sign.EXPIRING: _l("a document ends"),
    Sign.DROPPED: _l("rated lower than before"),
    Sign.BEHIND: _l("behind with hours"),
    Sign.STUCK: _l("paperwork stuck"),
    Sign.VISIT: _l("visit overdue"),
    Sign.QUIET: _l("no reflection"),
    Sign.FINISH: _l("to be completed"),
}
KINDS = {
    Sign.EXPIRING: "stop",
    Sign.DROPPED: "warn",
    Sign.BEHIND: "warn",
    Sign.STUCK: "warn",
    Sign.VISIT: "warn",
    Sign.QUIET: "info",
    Sign.FINISH: "info",
}
STAGES = {
    Stage.ELIGIBLE: _l("Eligible"),
    Stage.APPLIED: _l("Applied"),
    Stage.MATCHED: _l("Matched"),
    Stage.PLACED: _l("Placed"),
    Stage.COMPLETED: _l("Completed"),
}
MEANINGS = {
    Stage.ELIGIBLE: _l("takes part in the round, and at least one place was possible by law, times and way"),
    Stage.APPLIED: _l("handed in, or came with the files of the round"),
    Stage.MATCHED: _l("was given a seat, by the published run or by hand"),
    Stage.PLACED: _l("has a place in force and has not turned it down"),
    Stage.COMPLETED: _l("completed it"),
}
NEXT = {
    "student": _l("The student"),
    "family": _l("The family"),
    "employer": _l("The employer"),
    "school": _l("The school"),
    "job_coach": _l("A job coach"),
    "agency": _l("An agency"),
    "district": _l("The coordinator"),
}


def sign_name(sign: str) -> str:
    """A sign in a word or two."""
    return str(SIGNS[Sign(sign)])


def sign_kind(sign: str) -> str:
    """The kind of its tag."""
    return KINDS[Sign(sign)]


def show_names() -> list[tuple[str, str]]:
    """The choices of the list's filter."""
    return [
        (ATTENTION, _("anything to look at")),
        (ON_TRACK, _("on track")),
        *((sign.value, str(name)) for sign, name in SIGNS.items()),
    ]


def reason_words(reason: Reason) -> str:
    """What is so, with its figure."""
    if reason.sign is Sign.BEHIND:
        return _("%(length)s behind the plan", length=duration(round(reason.amount)))
    if reason.sign is Sign.QUIET:
        return _("No reflection since %(day)s", day=day(reason.day, "short"))
    if reason.sign is Sign.DROPPED:
        return _("Rated %(levels)s levels lower than before", levels=number(reason.amount, 1))
    if reason.sign is Sign.EXPIRING:
        return _("%(what)s: until %(day)s", what=_document(reason.of), day=day(reason.day, "short"))
    if reason.sign is Sign.VISIT:
        return _("A visit was planned for %(day)s", day=day(reason.day, "short"))
    if reason.sign is Sign.FINISH:
        return _("Its last day was %(day)s", day=day(reason.day, "short"))
    days = ngettext("%(num)s day", "%(num)s days", int(reason.amount))
    return _("Paperwork: %(days)s %(holder)s", days=days, holder=holder_name(reason.of))


def _document(name: str) -> str:
    if name.startswith("vetting:"):
        return vetting_name(VettingItem(name.removeprefix("vetting:")))
    return code_label(name)


def next_name(reason: Reason) -> str:
    """Who acts next."""
    return str(NEXT[acts_next(reason)])


def stage_label(stage: str) -> str:
    """A stage in a word."""
    return str(STAGES[Stage(stage)])


def stage_meaning(stage: str) -> str:
    """What it takes to reach a stage."""
    return str(MEANINGS[Stage(stage)])


def school_year_name(year: int) -> str:
    """2027 as "School year 2026–27"."""
    return _("School year %(first)s–%(last)s", first=year - 1, last=f"{year % 100:02}")


def category_name(category: str) -> str:
    """The title of a table of figures by group."""
    names = {CIP: _("CIP code"), CLUSTER: _("Career cluster")}
    return names.get(category) or group_category(category)


def member_name(category: str, group: str, schools: dict[str, str]) -> str:
    """A group of a category; the school's own name."""
    if category == "school" and group:
        return schools.get(group, group)
    if category in (CIP, CLUSTER):
        return cluster_label(group) if group else _("not known")
    name = group_name(group)
    return name[:1].upper() + name[1:]


def gap_words(gap: str, count: int) -> str:
    """What so many students lack."""
    return {
        "concentrator": ngettext(
            "Of %(num)s student nobody has said whether they are a CTE concentrator",
            "Of %(num)s students nobody has said whether they are CTE concentrators",
            count,
        ),
        "graduation_year": ngettext(
            "%(num)s student has no graduation year", "%(num)s students have no graduation year", count
        ),
        "graduated": ngettext(
            "Of %(num)s concentrator nobody has said whether they graduated: counted until somebody does",
            "Of %(num)s concentrators nobody has said whether they graduated: counted until somebody does",
            count,
        ),
        "program": ngettext(
            "%(num)s concentrator has neither a CIP code nor a cluster",
            "%(num)s concentrators have neither a CIP code nor a cluster",
            count,
        ),
    }[gap]


FILTERS = (
    sign_name,
    sign_kind,
    reason_words,
    next_name,
    stage_label,
    stage_meaning,
    school_year_name,
    category_name,
    member_name,
    gap_words,
)
