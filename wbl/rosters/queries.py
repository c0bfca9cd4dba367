"""Reading rosters, for those who may take them: a district's administrators and coordinators."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from wbl.accounts.actor import Actor
from wbl.db import db
from wbl.errors import NotFound
from wbl.people.models import District
from wbl.rosters.models import RosterImport, RosterSetting

SHOWN = 20


def district(actor: Actor, district_id: int) -> District:
    """A district whose rosters the actor may take.

    Raises
    ------
    NotFound
        Where there is none.
    """
    mine = district_id in actor.administrator_of | actor.coordinator_of
    found = db.session.get(District, district_id) if mine or actor.kind == "worker" else None
    if found is None:
        raise NotFound()
    return found


def districts(actor: Actor) -> Sequence[District]:
    mine = actor.administrator_of | actor.coordinator_of
    return db.session.scalars(select(District).where(District.id.in_(mine)).order_by(District.name)).all()


def imports(actor: Actor, district_id: int) -> Sequence[RosterImport]:
    """The newest rosters of a district."""
    district(actor, district_id)
    return db.session.scalars(
        select(RosterImport)
        .where(RosterImport.district_id == district_id)
        .order_by(RosterImport.id.desc())
        .limit(SHOWN)
    ).all()


def roster(actor: Actor, district_id: int, import_id: int) -> RosterImport:
    """One roster.

    Raises
    ------
    NotFound
        Where there is none, or it is another district's.
    """
    district(actor, district_id)
    found = db.session.get(RosterImport, import_id)
    if found is None or found.district_id != district_id:
        raise NotFound()
    return found


def setting(district_id: int) -> RosterSetting:
    """How the district takes rosters; what holds where nobody has said anything is not stored."""
    return db.session.get(RosterSetting, district_id) or RosterSetting(
        district_id=district_id, key="sourcedId", apply_unasked=False, digest=""
    )
