"""Lists of administrators, of those who follow students, and of employers, as files.

A file has the columns of its page and no other: nobody learns more from it than from the page.
"""

from __future__ import annotations

from typing import Any

from flask import request
from flask_babel import gettext as _

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.accounts.models import Invitation
from wbl.administration import queries as administration
from wbl.errors import NotFound
from wbl.exports.tables import Table
from wbl.i18n import days, listed, moment, windows
from wbl.labels import code_label, opportunity_title, role_label
from wbl.pagination import every
from wbl.people.models import District, Student
from wbl.placements.hosting import Hosted, hosted
from wbl.placements.models import Answer
from wbl.row_ids import row_id
from wbl.status import queries as status
from wbl.status.words import stage_names


def _district(actor: Actor) -> District:
    """The district that the address names, which the actor administers."""
    district_id = request.args.get("district", type=row_id)
    if district_id is None:
        raise NotFound()
    return administration.district(actor, district_id)


def users(actor: Actor) -> Table:
    district = _district(actor)
    search, role = request.args.get("q", "").strip(), request.args.get("role", "")
    return Table(
        "users",
        [
            (_("Name"), lambda one: one.user.name),
            (_("E-mail"), lambda one: one.user.email),
            (_("Roles"), lambda one: listed(role_label(role) for role in one.roles)),
            (_("Status"), lambda one: _("open") if one.user.active else _("closed")),
        ],
        every(lambda page: administration.users(actor, district.id, search=search, role=role, page=page)),
    )


def invitations(actor: Actor) -> Table:
    district = _district(actor)
    return Table(
        "invitations",
        [
            (_("E-mail"), lambda one: one.email),
            (_("Name"), lambda one: one.name),
            (_("Role"), lambda one: role_label(one.role)),
            (_("Sent"), lambda one: moment(one.created_at, district.timezone)),
            (_("Status"), _invited),
        ],
        every(lambda page: administration.invitations(actor, district.id, page=page)),
    )


def _invited(one: Invitation) -> str:
    if one.accepted_at is not None:
        return _("taken")
    if one.revoked_at is not None:
        return _("taken back")
    return _("waits") if one.expires_at > clock.now() else _("too old")


def followed(actor: Actor) -> Table:
    """The students whom somebody follows, in one round, and how far they are."""
    round_id = request.args.get("round", type=row_id)
    if round_id is None:
        raise NotFound()
    placement_round = status.round_by_id(actor, round_id)
    search, stage = request.args.get("q", "").strip(), request.args.get("stage", "")
    names = stage_names()
    return Table(
        "my-students",
        [
            (_("Student"), lambda row: row.student.name),
            (_("Grade"), lambda row: row.student.grade),
            (_("School"), lambda row: _school(row.student)),
            (_("How far"), lambda row: names[row.stage]),
            (_("Placement"), lambda row: "; ".join(_placement(row, one) for one in row.placements)),
        ],
        every(lambda page: status.standings(actor, placement_round, search=search, stage=stage, page=page)),
    )


def _school(student: Student) -> str:
    return (student.school.name or student.school.external_id) if student.school is not None else ""


def _placement(row: status.Standing, placement: Any) -> str:
    title, said = opportunity_title(placement.offering.opportunity), row.answers.get(placement.id)
    if said is None:
        return title
    return f"{title} ({_('accepted') if said is Answer.ACCEPTED else _('said no')})"


def hosting(actor: Actor) -> Table:
    """A row for each student who comes; of whom the family has not agreed, without a name."""
    rows = [
        (one, name, adjustments)
        for one in hosted(actor)
        for name, adjustments in [*one.visitors, *[("", [])] * one.waiting]
    ]
    return Table(
        "our-placements",
        [
            (_("Opportunity"), lambda row: opportunity_title(row[0].offering.opportunity)),
            (_("Round"), lambda row: row[0].round.name),
            (_("When"), lambda row: windows(row[0].offering.schedule)),
            (_("Dates"), lambda row: _dates(row[0])),
            (_("Student"), lambda row: row[1]),
            (_("To prepare"), lambda row: "; ".join(code_label(code) for code in row[2])),
        ],
        rows,
    )


def _dates(one: Hosted) -> str:
    return days(one.offering.start_date or one.round.first_day, one.offering.end_date)
