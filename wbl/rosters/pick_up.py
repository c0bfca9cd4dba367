"""The folder into which a student information system writes every night.

``ROSTER_FOLDER`` holds a folder a district, named by its slug. Once a night, from two o'clock on at the
district, the worker reads what lies there, if it is new. It then waits for somebody to say yes; or it is
applied, where the district says so and few enough leave that it is no mistake.
"""

from __future__ import annotations

import hashlib
import logging
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from flask import current_app
from sqlalchemy import func, select, update

from wbl import clock
from wbl.accounts.actor import WORKER
from wbl.db import change, db, transaction
from wbl.errors import DomainError
from wbl.people.models import District, Student
from wbl.rosters import queries
from wbl.rosters.models import RosterSetting, RosterState
from wbl.rosters.reading import read_roster
from wbl.rosters.records import Fault, Feed
from wbl.rosters.services import confirm, stage
from wbl.rounds.archive import MOST_BYTES, unpacked

log = logging.getLogger("wbl.rosters")
FROM_HOUR = 2
# A roster that says that more than so many of those on record have left waits for a person.
MOST_LEAVERS = 0.1
FEW = 5


def folders() -> dict[str, Path]:
    """The folder of each district that has one, by slug."""
    root = current_app.config["ROSTER_FOLDER"]
    if not root or not Path(root).is_dir():
        return {}
    return {path.name: path for path in sorted(Path(root).iterdir()) if path.is_dir()}


def pick_up_next() -> bool:
    """Read the folder of one district whose night it is; False where there is none."""
    found = folders()
    due = [district for district in _districts(found) if _is_due(district, clock.now())]
    if not due:
        return False
    pick_up(due[0], found[due[0].slug])
    return True


def _districts(found: dict[str, Path]) -> list[District]:
    statement = select(District).where(District.slug.in_(found)).order_by(District.id)
    return list(db.session.scalars(statement)) if found else []


def _is_due(district: District, moment: datetime) -> bool:
    there = moment.astimezone(ZoneInfo(district.timezone))
    last = queries.setting(district.id).picked_up_on
    return there.hour >= FROM_HOUR and (last is None or last < there.date())


def pick_up(district: District, folder: Path) -> None:
    """Read a district's folder; what is the same as last time is left alone."""
    district_id, timezone, slug = district.id, district.timezone, district.slug
    db.session.rollback()
    if not _claim(district_id, timezone):
        return  # another worker was first
    files = _files(folder)
    digest = _digest(files)
    setting = queries.setting(district_id)
    key, unasked = setting.key, setting.apply_unasked
    if not files or digest == setting.digest:
        db.session.rollback()
        return
    db.session.rollback()
    try:
        feed = read_roster(unpacked(files.items()), key)
    except DomainError as error:
        feed = Feed(format="", faults=[Fault(slug, 0, "", error.message)])
    with transaction():
        staged = stage(WORKER, district_id, feed, from_folder=True)
        import_id, ready, leave = staged.id, staged.state is RosterState.READY, staged.counts.get("leave", 0)
        db.session.execute(
            update(RosterSetting).where(RosterSetting.district_id == district_id).values(digest=digest)
        )
    if ready and unasked and leave <= _allowed(district_id):
        with transaction():
            confirm(WORKER, district_id, import_id)
    log.info("roster of %s: %s", slug, "read" if ready else "at fault")


def _claim(district_id: int, timezone: str) -> bool:
    """Mark this night as done, by a conditional update, before anything is read."""
    today = clock.today(timezone)
    with transaction():
        if db.session.get(RosterSetting, district_id) is None:
            db.session.add(queries.setting(district_id))
            db.session.flush()
        claimed = change(
            update(RosterSetting)
            .where(
                RosterSetting.district_id == district_id,
                RosterSetting.picked_up_on.is_(None) | (RosterSetting.picked_up_on < today),
            )
            .values(picked_up_on=today)
        )
    return claimed == 1


def _files(folder: Path) -> dict[str, bytes]:
    """What lies in the folder itself; hidden files and links are left alone."""
    found = {}
    left = MOST_BYTES
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.is_symlink() or not path.is_file():
            continue
        left -= path.stat().st_size
        if left < 0:
            log.warning("the roster folder %s holds too much", folder.name)
            return {}
        found[path.name] = path.read_bytes()
    return found


def _digest(files: dict[str, bytes]) -> str:
    sums = [f"{name}:{hashlib.sha256(data).hexdigest()}" for name, data in sorted(files.items())]
    return hashlib.sha256("\n".join(sums).encode()).hexdigest()


def _allowed(district_id: int) -> int:
    """How many may leave without anybody asking."""
    here = db.session.scalar(
        select(func.count())
        .select_from(Student)
        .where(Student.district_id == district_id, Student.rostered, Student.left_on.is_(None))
    )
    return max(FEW, int((here or 0) * MOST_LEAVERS))
