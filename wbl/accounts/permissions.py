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
    ROUND_PUBLISH = "round.publish"  # publish, withdraw
    ROUND_EXPORT = "round.export"  # by pseudonym
    ROUND_EXPORT_FULL = "round.export_full"  # with names and identifiers: audited
    LETTER_PRINT = "letter.print"
    CONSENT_RECORD = "consent.record"  # one given on paper; and links: make, revoke
    STUDENT_VIEW = "student.view"
    STUDENT_SENSITIVE = "student.sensitive"  # needs and birth date
    EMPLOYER_VIEW = "employer.view"
    AUDIT_VIEW = "audit.view"
    JOBS_VIEW = "jobs.view"
    PLACEMENT_OWN = "placement.own"  # a student's own
    HOSTING_OWN = "hosting.own"  # an employer's own


GRANTS: dict[Permission, predicates.Predicate] = {
    Permission.ACCOUNT_OWN: predicates.signed_in,
    Permission.ROUND_VIEW: predicates.coordinates,
    Permission.ROUND_EDIT: predicates.coordinates,
    Permission.ROUND_SOLVE: predicates.coordinates,
    Permission.ROUND_PUBLISH: predicates.coordinates,
    Permission.ROUND_EXPORT: predicates.coordinates,
    Permission.ROUND_EXPORT_FULL: predicates.coordinates,
    Permission.LETTER_PRINT: predicates.coordinates,
    Permission.CONSENT_RECORD: predicates.coordinates,
    Permission.STUDENT_VIEW: predicates.coordinates,
    Permission.STUDENT_SENSITIVE: predicates.coordinates,
    Permission.EMPLOYER_VIEW: predicates.coordinates,
    Permission.AUDIT_VIEW: predicates.coordinates,
    Permission.JOBS_VIEW: predicates.coordinates,
    Permission.PLACEMENT_OWN: predicates.is_student,
    Permission.HOSTING_OWN: predicates.is_employer,
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
