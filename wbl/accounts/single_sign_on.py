"""Signing in at a district's own provider, by OpenID Connect.

A provider opens existing sign-ins alone, by an address that it has verified, and only of people whose
every role is in its own district: what one district's provider says must open nothing of another's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import aliased

from wbl.accounts import services
from wbl.accounts.models import Identity, IdentityProvider, Membership, User
from wbl.config import oidc_secret
from wbl.db import db
from wbl.employers.models import Employer
from wbl.errors import DomainError, NotFound
from wbl.people.models import District, Student


def offered() -> Sequence[tuple[IdentityProvider, District]]:
    """The providers that the sign-in page offers, by the name of their buttons."""
    found = db.session.execute(
        select(IdentityProvider, District)
        .join(District, District.id == IdentityProvider.district_id)
        .where(IdentityProvider.enabled)
        .order_by(IdentityProvider.label)
    ).tuples()
    return [(provider, district) for provider, district in found if oidc_secret(district.slug)]


def provider_of(slug: str) -> tuple[IdentityProvider, District]:
    """A district's provider, ready to be used.

    Raises
    ------
    NotFound
        Where it has none, or its secret is not in the environment.
    """
    for provider, district in offered():
        if district.slug == slug:
            return provider, district
    raise NotFound()


def user_of(provider: IdentityProvider, claims: Mapping[str, Any], issuer: str) -> User:
    """Whom the provider means; kept as such from the first time on. Flushes.

    Raises
    ------
    DomainError
        Where that is nobody who may sign in this way; the message says what to do.
    """
    subject = str(claims.get("sub") or "")
    kept = db.session.scalar(select(Identity).where(Identity.issuer == issuer, Identity.subject == subject))
    user = db.session.get(User, kept.user_id) if kept is not None else _by_address(claims)
    if user is None or not user.active or not subject:
        raise DomainError(
            _("Nobody here has that address. Ask your administrator for an invitation, or sign in below.")
        )
    if _districts_of(user) != {provider.district_id}:
        raise DomainError(_("Your roles are not in this district alone. Sign in with your password below."))
    if kept is None:
        other = db.session.scalar(
            select(Identity.id).where(Identity.user_id == user.id, Identity.issuer == issuer)
        )
        if other is not None:
            raise DomainError(_("That address belonged to another account before. Ask your administrator."))
        db.session.add(Identity(user_id=user.id, issuer=issuer, subject=subject))
        db.session.flush()
    return user


def _by_address(claims: Mapping[str, Any]) -> User | None:
    if claims.get("email_verified") is not True:
        raise DomainError(_("Your provider has not checked your e-mail address. Sign in below instead."))
    return services.user_by_email(str(claims.get("email") or ""))


def _districts_of(user: User) -> set[int | None]:
    """The district of each of the user's roles."""
    of_student, of_employer = aliased(Student), aliased(Employer)
    rows = db.session.execute(
        select(Membership.district_id, of_student.district_id, of_employer.district_id)
        .outerjoin(of_student, of_student.id == Membership.student_id)
        .outerjoin(of_employer, of_employer.id == Membership.employer_id)
        .where(Membership.user_id == user.id)
    ).tuples()
    return {next((district for district in row if district is not None), None) for row in rows}
