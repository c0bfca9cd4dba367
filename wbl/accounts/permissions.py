"""What may be done, and the mark that every route carries.

A permission says what *kind* of person may open a route; *which* rows they see is decided by the
scoped queries, which answer "not found" for a foreign row.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import redirect, request, url_for
from flask_login import current_user

from wbl.accounts import predicates
from wbl.accounts.actor import Actor
from wbl.errors import NotAllowed

P = ParamSpec("P")
R = TypeVar("R")


class Permission(enum.StrEnum):
    ACCOUNT_OWN = "account.own"  # one's own sessions and language
    ROUND_VIEW = "round.view"
    ROUND_EDIT = "round.edit"  # create, change the policy, import
    ROUND_SOLVE = "round.solve"  # solve, stop, pin
    SEALED_READ = "sealed.read"  # reasons that a colleague has sealed: audited
    ROUND_PUBLISH = "round.publish"  # publish, withdraw
    ROUND_EXPORT = "round.export"  # by pseudonym
    ROUND_EXPORT_FULL = "round.export_full"  # with names and identifiers: audited
    LETTER_PRINT = "letter.print"
    CONSENT_RECORD = "consent.record"  # one given on paper; and links: make, revoke
    STUDENT_VIEW = "student.view"
    STUDENT_SENSITIVE = "student.sensitive"  # needs and birth date
    GUARDIAN_SETTLE = "guardian.settle"  # who may sign for a student and who may be told
    FAMILY_ANSWER = "family.answer"  # questions of families, signatures that wait for an interpreter
    AGREEMENT_EDIT = "agreement.edit"  # tasks, links, visits, what came on paper; and sign for the school
    EMERGENCY_READ = "emergency.read"  # whom to call for a student
    EMPLOYER_VIEW = "employer.view"
    EMPLOYER_EDIT = "employer.edit"  # its sites and people: its own person, or the district
    EMPLOYER_VET = "employer.vet"  # and reach out to
    POSTING_EDIT = "posting.edit"  # an employer's own; a coordinator's districts'
    POSTING_APPROVE = "posting.approve"
    AUDIT_VIEW = "audit.view"  # typed reasons are shown to coordinators alone
    LIST_EXPORT = "list.export"  # a list of one's own pages as a file
    JOBS_VIEW = "jobs.view"
    INTERESTS_OWN = "interests.own"  # a student's own
    SUBMISSION_OWN = "submission.own"  # a student's own side of a round
    PLACEMENT_OWN = "placement.own"  # a student's own
    CREDENTIAL_ISSUE = "credential.issue"  # and revoke
    CREDENTIAL_OWN = "credential.own"  # a student's own
    PORTFOLIO_OWN = "portfolio.own"  # a student's own
    HOSTING_OWN = "hosting.own"  # an employer's own
    CONCERN_RAISE = "concern.raise"  # a student's own
    CONCERN_READ = "concern.read"  # and answer: each reading is audited
    INCIDENT_KEEP = "incident.keep"  # the record of incidents and injuries
    GROWTH_VIEW = "growth.view"  # evaluations and reflections of whom one coordinates or follows
    GROWTH_EDIT = "growth.edit"  # rubrics, prompts, links to rate, completing; and how sites were rated
    REPORT_VIEW = "report.view"  # placements under way, figures by group, what a state asks
    REPORT_EDIT = "report.edit"  # what they go by; and thank-yous
    STATUS_VIEW = "status.view"  # how far a caseload, a school, a program is: no needs, homes, groups
    SEARCH = "search"  # students, employers, opportunities and rounds, each within what one may see
    ROSTER = "roster"  # take a district's roster
    ADMINISTER = "administer"  # users, invitations, settings of a district


GRANTS: dict[Permission, predicates.Predicate] = {
    Permission.ACCOUNT_OWN: predicates.signed_in,
    Permission.ROUND_VIEW: predicates.coordinates,
    Permission.ROUND_EDIT: predicates.coordinates,
    Permission.ROUND_SOLVE: predicates.coordinates,
    Permission.SEALED_READ: predicates.reads_sealed,
    Permission.ROUND_PUBLISH: predicates.coordinates,
    Permission.ROUND_EXPORT: predicates.coordinates,
    Permission.ROUND_EXPORT_FULL: predicates.coordinates,
    Permission.LETTER_PRINT: predicates.coordinates,
    Permission.CONSENT_RECORD: predicates.coordinates,
    Permission.STUDENT_VIEW: predicates.coordinates,
    Permission.STUDENT_SENSITIVE: predicates.coordinates,
    Permission.GUARDIAN_SETTLE: predicates.coordinates,
    Permission.FAMILY_ANSWER: predicates.coordinates,
    Permission.AGREEMENT_EDIT: predicates.coordinates,
    Permission.EMERGENCY_READ: predicates.coordinates,
    Permission.EMPLOYER_VIEW: predicates.coordinates,
    Permission.EMPLOYER_EDIT: predicates.offers,
    Permission.EMPLOYER_VET: predicates.coordinates,
    Permission.POSTING_EDIT: predicates.offers,
    Permission.POSTING_APPROVE: predicates.coordinates,
    Permission.AUDIT_VIEW: predicates.keeps_a_district,
    Permission.LIST_EXPORT: predicates.has_lists,
    Permission.JOBS_VIEW: predicates.coordinates,
    Permission.INTERESTS_OWN: predicates.is_student,
    Permission.SUBMISSION_OWN: predicates.is_student,
    Permission.PLACEMENT_OWN: predicates.is_student,
    Permission.CREDENTIAL_ISSUE: predicates.coordinates,
    Permission.CREDENTIAL_OWN: predicates.is_student,
    Permission.PORTFOLIO_OWN: predicates.is_student,
    Permission.HOSTING_OWN: predicates.is_employer,
    Permission.CONCERN_RAISE: predicates.is_student,
    Permission.CONCERN_READ: predicates.keeps_safe,
    Permission.INCIDENT_KEEP: predicates.keeps_safe,
    Permission.GROWTH_VIEW: predicates.may_search,
    Permission.GROWTH_EDIT: predicates.coordinates,
    Permission.REPORT_VIEW: predicates.coordinates,
    Permission.REPORT_EDIT: predicates.coordinates,
    Permission.STATUS_VIEW: predicates.follows,
    Permission.SEARCH: predicates.may_search,
    Permission.ROSTER: predicates.keeps_a_district,
    Permission.ADMINISTER: predicates.administers,
}


def allows(actor: Actor | None, permission: Permission) -> bool:
    """Whether this actor has the permission in any scope."""
    return actor is not None and GRANTS[permission](actor)


def visitor() -> Actor | None:
    """Who is signed in on this request, or None."""
    return current_user.actor if current_user.is_authenticated else None


def acting() -> Actor:
    """Who is signed in on this request; for routes that ``requires`` a permission."""
    actor = visitor()
    if actor is None:
        raise NotAllowed("")
    return actor


def requires(permission: Permission) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Only for actors with ``permission``; others are asked to sign in, or told that they may not."""

    def mark(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            actor = visitor()
            if actor is None:
                came_for = request.full_path if request.method == "GET" else None
                return redirect(url_for("accounts.sign_in", next=came_for))  # type: ignore[return-value]  # as a view may
            if not allows(actor, permission):
                raise NotAllowed("")
            return view(*args, **kwargs)

        guarded.permission = permission  # type: ignore[attr-defined]  # a mark
        return guarded

    return mark


def public(view: Callable[P, R]) -> Callable[P, R]:
    """Open to everyone, on purpose (a sign-in page; a family's page, which its token guards)."""
    view.permission = None  # type: ignore[attr-defined]  # a mark
    return view
