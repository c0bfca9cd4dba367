"""Limits of a round: how few and how many students may be placed with whom a limit is about.

They come with an import, and a coordinator may add, change and take away single ones. Like an
import, a change here makes earlier runs stale.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError

from matching.files.side import PROTECTED_GROUPS
from wbl.accounts.actor import Actor
from wbl.audit.services import record
from wbl.db import db
from wbl.employers.models import Employer, Site
from wbl.errors import DomainError, NotFound
from wbl.interests.models import Submission
from wbl.interests.taking_part import attends
from wbl.labels import kind_label
from wbl.opportunities.models import Offering, Opportunity
from wbl.opportunities.taking_part import takes_part
from wbl.people.models import School, Student, StudentGroup
from wbl.rounds.group_words import group_name
from wbl.rounds.models import Limit, Round
from wbl.rounds.queries import round_by_id

SCOPES = ("employer", "site", "school", "program", "group", "kind")
MOST = 1_000_000
DEFAULT_KIND = "internship"

Names = dict[tuple[str, str], str]
"""What a limit is about in words, by scope and identifier."""


def is_protected(scope: str, name: str) -> bool:
    """Whether this is a group that is reported on and never carries a limit."""
    return scope == "group" and name.casefold().startswith(PROTECTED_GROUPS)


def candidates(placement_round: Round, scope: str) -> list[tuple[str, str]]:
    """Whom of the round a limit of this scope can be about: identifier and name, by name."""
    found = _candidates(placement_round, scope)
    return sorted(
        ((name, words) for name, words in found.items() if name and not is_protected(scope, name)),
        key=lambda item: (item[1].casefold(), item[0]),
    )


def _candidates(placement_round: Round, scope: str) -> dict[str, str]:
    if scope in ("employer", "site", "kind"):
        return _of_offerings(placement_round, scope)
    of_round = (Submission.round_id == placement_round.id, attends())
    if scope == "school":
        attended = select(Student.school_id).join(Submission).where(*of_round)
        return {
            key: name or key
            for key, name in db.session.execute(
                select(School.external_id, School.name).where(School.id.in_(attended))
            ).tuples()
        }
    statement: Select[tuple[str]]
    if scope == "program":
        statement = select(Submission.programs).where(*of_round).distinct()
        cells = db.session.scalars(statement)
        return {code: code for cell in cells for code in map(str.strip, cell.split(";"))}
    statement = (
        select(StudentGroup.code)
        .join(Submission, Submission.student_id == StudentGroup.student_id)
        .where(*of_round)
        .distinct()
    )
    return {code: group_name(code) for code in db.session.scalars(statement)}


def _of_offerings(placement_round: Round, scope: str) -> dict[str, str]:
    columns: dict[str, tuple[Any, ...]] = {
        "employer": (Employer.external_id, Employer.name),
        "site": (Site.external_id, Employer.name, Site.name),
        "kind": (Offering.kind,),
    }
    found = db.session.execute(
        select(*columns[scope])
        .select_from(Offering)
        .join(Opportunity)
        .outerjoin(Employer, Employer.id == Opportunity.employer_id)
        .outerjoin(Site, Site.id == Opportunity.site_id)
        .where(Offering.round_id == placement_round.id, takes_part())
        .distinct()
    )
    if scope == "kind":
        return {kind or DEFAULT_KIND: kind_label(kind or DEFAULT_KIND) for (kind,) in found}
    return {key: " · ".join(filter(None, words)) or key for key, *words in found if key}


def names_of(placement_round: Round, wanted: Collection[tuple[str, str]]) -> Names:
    """What each of ``wanted`` (scope and identifier) is called; a scope at most one query."""
    names: Names = {}
    for scope in {scope for scope, _name in wanted}:
        known = _candidates(placement_round, scope)
        names |= {(scope, name): known.get(name, name) for each, name in wanted if each == scope}
    return names


def limit_by_id(actor: Actor, round_id: int, limit_id: int) -> Limit:
    """A limit of one of the actor's rounds.

    Raises
    ------
    NotFound
        Where there is none, or it is another district's.
    """
    found = db.session.scalar(
        select(Limit)
        .join(Round, Round.id == Limit.round_id)
        .where(Limit.id == limit_id, Limit.round_id == round_id, Round.district_id.in_(actor.coordinator_of))
    )
    if found is None:
        raise NotFound()
    return found


def add_limit(
    actor: Actor, round_id: int, *, scope: str, name: str, low: int | None, high: int | None
) -> Limit:
    """Add a limit, from the next solve on. Flushes.

    Raises
    ------
    DomainError
        Where it is about nobody of the round, about a protected group, or about whom another one
        is; or where its bounds make no sense.
    """
    placement_round = round_by_id(actor, round_id, lock=True)
    _check_bounds(low, high)
    if scope not in SCOPES:
        raise NotFound()
    if is_protected(scope, name):
        raise DomainError(
            _(
                "Groups by race, sex, origin or religion are reported on and never carry a limit: "
                "a quota on them would break civil-rights law (34 CFR 100, appendix B)."
            ),
            field="name",
        )
    if name not in _candidates(placement_round, scope):
        raise DomainError(_("Nothing in this round goes by that. Choose from the list."), field="name")
    limit = Limit(round_id=round_id, scope=scope, name=name, low=low, high=high)
    try:
        with db.session.begin_nested():
            db.session.add(limit)
    except IntegrityError:
        raise DomainError(_("There is a limit for this already. Change that one."), field="name") from None
    record(
        actor,
        "limit.add",
        placement_round,
        district_id=placement_round.district_id,
        **_facts(limit),
    )
    db.session.flush()
    return limit


def change_limit(actor: Actor, round_id: int, limit_id: int, *, low: int | None, high: int | None) -> None:
    """Give a limit other bounds, from the next solve on. Flushes.

    Raises
    ------
    DomainError
        Where they make no sense.
    """
    placement_round = round_by_id(actor, round_id, lock=True)
    limit = limit_by_id(actor, round_id, limit_id)
    _check_bounds(low, high)
    limit.low, limit.high = low, high
    record(
        actor,
        "limit.change",
        placement_round,
        district_id=placement_round.district_id,
        **_facts(limit),
    )
    db.session.flush()


def remove_limit(actor: Actor, round_id: int, limit_id: int) -> None:
    """Take a limit away, from the next solve on. Flushes."""
    placement_round = round_by_id(actor, round_id, lock=True)
    limit = limit_by_id(actor, round_id, limit_id)
    db.session.delete(limit)
    record(
        actor,
        "limit.remove",
        placement_round,
        district_id=placement_round.district_id,
        **_facts(limit),
    )
    db.session.flush()


def _check_bounds(low: int | None, high: int | None) -> None:
    if low is None and high is None:
        raise DomainError(_("Give a least number, a largest one, or both."), field="high")
    for field, value in (("low", low), ("high", high)):
        if value is not None and not 0 <= value <= MOST:
            raise DomainError(_("A number of students is a whole number from 0."), field=field)
    if low is not None and high is not None and high < low:
        raise DomainError(_("The largest number is below the least one."), field="high")


def _facts(limit: Limit) -> dict[str, Any]:
    """What the record keeps: a group or program is a code, and no code names a person."""
    return {"scope": limit.scope, "name": limit.name, "low": limit.low, "high": limit.high}
