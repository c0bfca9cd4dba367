"""Whether an employer may host: vetted where it has to be, and nothing of it lapsed."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ColumnElement, func, or_, select

from wbl import clock
from wbl.employers.models import Employer, EmployerOrigin, VettingCheck, VettingItem, VettingRule


def today() -> date:
    """The date by which a check holds or has lapsed: it holds until its last day is over everywhere."""
    return clock.last_today()


def is_vetted() -> ColumnElement[bool]:
    """Whether every item of an employer's vetting is in force."""
    in_force = (
        select(VettingCheck.employer_id)
        .where(or_(VettingCheck.expires_on.is_(None), VettingCheck.expires_on >= today()))
        .group_by(VettingCheck.employer_id)
        .having(func.count() == len(VettingItem))
    )
    return Employer.id.in_(in_force)


def has_to_be_vetted() -> ColumnElement[bool]:
    """Whether the district asks for it: always of those who signed up or were won, of others by its rule."""
    all_of_them = select(VettingRule.district_id)
    return or_(Employer.origin != EmployerOrigin.FOLDER, Employer.district_id.in_(all_of_them))


def may_host() -> ColumnElement[bool]:
    """Whether what an employer offers takes part in a solve."""
    return or_(~has_to_be_vetted(), is_vetted())
