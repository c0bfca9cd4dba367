"""Every list that can be taken away as a file: the rows of its page, with the same filter, all of them.

Each function reads the filter from the request as the page of the list does, and is scoped to the
actor by the same queries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from flask import request
from flask_babel import gettext as _

from wbl.accounts.actor import Actor
from wbl.accounts.permissions import Permission
from wbl.audit import queries as audit
from wbl.audit.words import action_label, actor_label, detail_words, subject_label
from wbl.employers import queries as employers
from wbl.employers.models import Employer, Site
from wbl.errors import NotFound
from wbl.exports import employer_lists, hours_lists, own_lists, report_lists, round_lists
from wbl.exports.tables import Table
from wbl.hours import queries as worked
from wbl.i18n import moment
from wbl.jobs import queries as jobs
from wbl.jobs.models import OutboxState
from wbl.labels import language_name
from wbl.pagination import every
from wbl.people import queries as people
from wbl.rounds import queries as rounds
from wbl.rounds.words import round_words
from wbl.row_ids import row_id

Maker = Callable[[Actor], Table]


@dataclass(frozen=True, slots=True)
class Listed:
    """A list with who may take it away."""

    permission: Permission
    table: Maker


def students(actor: Actor) -> Table:
    search, school = request.args.get("q", "").strip(), request.args.get("school", type=row_id)
    return Table(
        "students",
        [
            (_("Identifier"), lambda one: one.external_id),
            (_("Student"), lambda one: one.name),
            (_("Grade"), lambda one: one.grade),
            (_("School"), lambda one: one.school and (one.school.name or one.school.external_id)),
            (_("Language at home"), lambda one: language_name(one.language)),
        ],
        every(lambda page: people.students(actor, search=search, school_id=school, page=page)),
    )


def employer_sites(actor: Actor) -> Table:
    search = request.args.get("q", "").strip()
    lapsing = request.args.get("lapsing") == "yes"
    found = every(lambda page: employers.employers(actor, search=search, only_lapsing=lapsing, page=page))
    return Table(
        "employers",
        [
            (_("Identifier"), lambda row: row[0].external_id),
            (_("Employer"), lambda row: row[0].name),
            (_("Place of work"), lambda row: row[1] and (row[1].name or row[1].external_id)),
            (_("Address"), lambda row: row[1] and row[1].address),
            (_("City"), lambda row: row[1] and row[1].city),
            (_("Contact"), lambda row: row[1] and row[1].contact_name),
            (_("E-mail"), lambda row: row[1] and row[1].contact_email),
            (_("Telephone"), lambda row: row[1] and row[1].contact_phone),
        ],
        _with_sites(found),
    )


def _with_sites(found: Iterator[Employer]) -> Iterator[tuple[Employer, Site | None]]:
    """A row for each place of work; one without for an employer that has none."""
    for one in found:
        if not one.sites:
            yield one, None
        for site in one.sites:
            yield one, site


def all_rounds(actor: Actor) -> Table:
    return Table(
        "rounds",
        [
            (_("Round"), lambda row: row[0].name),
            (_("First day"), lambda row: row[0].starts_on.isoformat()),
            (_("Last day"), lambda row: row[0].ends_on.isoformat()),
            (_("Students"), lambda row: row[1]),
            (_("Opportunities"), lambda row: row[2]),
            (_("Placed"), lambda row: row[3].summary["placed"] if row[3] and row[3].summary else None),
            (_("State"), lambda row: round_words(row[0])[0]),
        ],
        rounds.rounds(actor),
    )


def record(actor: Actor) -> Table:
    action, zone = request.args.get("action", ""), people.timezone_of(actor)
    return Table(
        "record",
        [
            (_("When"), lambda entry: moment(entry.event.at, zone)),
            (_("Who"), lambda entry: entry.who or actor_label(entry.event.actor_kind)),
            (_("What"), lambda entry: action_label(entry.event.action)),
            (_("About"), lambda entry: subject_label(entry.event.subject_type)),
            (_("Details"), lambda entry: "; ".join(detail_words(entry.event.details))),
        ],
        every(lambda page: audit.entries(actor, action=action, page=page)),
    )


def outbox(actor: Actor) -> Table:
    chosen, zone = request.args.get("state", ""), people.timezone_of(actor)
    state = OutboxState(chosen) if chosen in set(OutboxState) else None
    return Table(
        "jobs",
        [
            (_("Number"), lambda item: item.id),
            (_("Kind"), lambda item: item.kind.value),
            (_("State"), lambda item: item.state.value),
            (_("Due"), lambda item: moment(item.due_at, zone)),
            (_("Attempts"), lambda item: item.attempts),
            (_("Error"), lambda item: item.error),
        ],
        every(lambda page: jobs.items(actor, state=state, page=page)),
    )


def proposals(actor: Actor) -> Table:
    run = round_lists.run_asked(actor)
    return round_lists.proposals(run, replace(round_lists.wanted(), page=1))


def hours(actor: Actor) -> Table:
    placement_round = round_lists.round_asked(actor)
    found = every(lambda page: worked.round_entries(placement_round, page))
    return hours_lists.hours_table("hours", found)


LISTS: dict[str, Listed] = {
    "students": Listed(Permission.STUDENT_VIEW, students),
    "employers": Listed(Permission.EMPLOYER_VIEW, employer_sites),
    "postings": Listed(Permission.POSTING_EDIT, employer_lists.postings),
    "outreach": Listed(Permission.EMPLOYER_VET, employer_lists.outreach),
    "users": Listed(Permission.ADMINISTER, own_lists.users),
    "invitations": Listed(Permission.ADMINISTER, own_lists.invitations),
    "status": Listed(Permission.STATUS_VIEW, own_lists.followed),
    "hosting": Listed(Permission.HOSTING_OWN, own_lists.hosting),
    "rounds": Listed(Permission.ROUND_VIEW, all_rounds),
    "record": Listed(Permission.AUDIT_VIEW, record),
    "jobs": Listed(Permission.JOBS_VIEW, outbox),
    "proposals": Listed(Permission.ROUND_EXPORT_FULL, proposals),
    "unplaced": Listed(Permission.ROUND_EXPORT_FULL, round_lists.unplaced),
    "pins": Listed(Permission.ROUND_EXPORT_FULL, round_lists.pins),
    "moves": Listed(Permission.ROUND_EXPORT_FULL, round_lists.moves),
    "collect": Listed(Permission.ROUND_EXPORT_FULL, round_lists.collect),
    "placements": Listed(Permission.ROUND_EXPORT_FULL, round_lists.placements),
    "letters": Listed(Permission.ROUND_EXPORT_FULL, round_lists.letters),
    "without": Listed(Permission.ROUND_EXPORT_FULL, round_lists.without),
    "seats": Listed(Permission.ROUND_EXPORT, round_lists.seats),
    "hours": Listed(Permission.ROUND_EXPORT_FULL, hours),
    "active": Listed(Permission.REPORT_VIEW, report_lists.active),
    "equity": Listed(Permission.REPORT_VIEW, report_lists.by_stage),
    "perkins": Listed(Permission.REPORT_VIEW, report_lists.perkins_figures),
    "perkins_students": Listed(Permission.STUDENT_SENSITIVE, report_lists.perkins_students),
    "missing": Listed(Permission.ROUND_EXPORT_FULL, round_lists.missing),
}


def listed(name: str) -> Listed:
    """The list of a name.

    Raises
    ------
    NotFound
        Where there is none.
    """
    if name not in LISTS:
        raise NotFound()
    return LISTS[name]
