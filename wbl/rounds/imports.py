"""Bringing a round folder in: read and judged first, written only when somebody says yes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _
from sqlalchemy import select, update

from matching.files import RoundFaults
from wbl import clock
from wbl.accounts.actor import Actor
from wbl.audit.services import record
from wbl.db import change, db
from wbl.errors import Conflict, NotFound
from wbl.people.models import District, Student
from wbl.rounds import archive
from wbl.rounds.applying import apply_folder
from wbl.rounds.folder import Folder, read_upload
from wbl.rounds.models import ImportState, Round, RoundImport
from wbl.rounds.own_side import NOTHING, own_sides, replaced
from wbl.rounds.policy import PolicyDocument
from wbl.rounds.preview import Preview, faults_preview, preview_of
from wbl.rounds.queries import import_by_id, round_by_id
from wbl.rounds.snapshot import read_rows_of
from wbl.rounds.whole import kept_files_of


def check_open(placement_round: Round) -> None:
    """An import changes what a round decides from, so not while its placements are public.

    Raises
    ------
    Conflict
        Where a publication is in force.
    """
    if placement_round.published_run_id is not None:
        raise Conflict(
            _("The placements of this round are published. Withdraw them before you import again.")
        )


def judge(
    placement_round: Round, files: Mapping[str, bytes], kept: Mapping[str, bytes] | None = None
) -> tuple[ImportState, Preview]:
    """Read the files against the round, without writing anything. Takes seconds for 10,000 students.

    ``kept``: the files that the round has, where it is not made yet.
    """
    try:
        folder = read_upload(
            files,
            placement_round.policy,
            placement_round.starts_on,
            kept_files_of(placement_round) if kept is None else kept,
        )
    except RoundFaults as found:
        return ImportState.FAULTY, faults_preview(found.faults, files)
    return ImportState.READY, preview_of(placement_round, folder, files)


def stage(
    actor: Actor, round_id: int, files: Mapping[str, bytes], state: ImportState, preview: Preview
) -> RoundImport:
    """Keep a judged upload until somebody decides; an earlier one that waits is dropped. Flushes."""
    placement_round = round_by_id(actor, round_id, lock=True)
    check_open(placement_round)
    _discard_waiting(round_id)
    staged = RoundImport(
        round_id=round_id,
        user_id=actor.user_id,
        state=state,
        archive=archive.pack(files) if state is ImportState.READY else None,
        preview=preview,
        created_at=clock.now(),
    )
    db.session.add(staged)
    db.session.flush()
    return staged


@dataclass(frozen=True, slots=True)
class Read:
    """A folder that was read, and what it was read against."""

    folder: Folder
    policy: PolicyDocument
    starts_on: date
    kept: Mapping[str, bytes]


def read_staged(actor: Actor, round_id: int, import_id: int) -> Read | None:
    """Read a staged upload before the transaction that writes it, so that nobody waits while it is read.

    None where it is not there to be written (any more), or does not fit: ``confirm`` says why.
    """
    placement_round = round_by_id(actor, round_id)
    staged = import_by_id(actor, round_id, import_id)
    return _read(placement_round, staged.archive) if staged.archive is not None else None


def _read(placement_round: Round, packed: bytes) -> Read | None:
    policy, starts_on, kept = (
        placement_round.policy,
        placement_round.starts_on,
        kept_files_of(placement_round),
    )
    try:
        return Read(read_upload(archive.unpack(packed), policy, starts_on, kept), policy, starts_on, kept)
    except RoundFaults:
        return None


def confirm(
    actor: Actor, round_id: int, import_id: int, *, read: Read | None = None, replace_own: bool = False
) -> Round:
    """Write a staged upload into the round: all of it, in the caller's transaction.

    Parameters
    ----------
    read
        What ``read_staged`` read of it; it is read again where the round is another one by now.
    replace_own
        Also where students wrote something themselves. Otherwise that stays, and so do students who
        began here and whom the folder leaves out.

    Raises
    ------
    Conflict
        Where it was applied or dropped meanwhile, or the round has been published; with
        ``replace_own``, where more students wrote something since the preview.
    """
    placement_round = round_by_id(actor, round_id, lock=True)
    # Students, schools and employers are the district's: two rounds must not write them at once.
    db.session.execute(
        select(District.id).where(District.id == placement_round.district_id).with_for_update()
    )
    staged = import_by_id(actor, round_id, import_id)
    check_open(placement_round)
    taken = change(
        update(RoundImport)
        .where(RoundImport.id == import_id, RoundImport.state == ImportState.READY)
        .values(state=ImportState.APPLIED)
    )
    if taken != 1 or staged.archive is None:
        raise Conflict(_("This upload has been used or dropped already. Upload the files again."))
    now = (placement_round.policy, placement_round.starts_on, kept_files_of(placement_round))
    if read is None or (read.policy, read.starts_on, read.kept) != now:
        read = _read(placement_round, staged.archive)
    if read is None:
        # It was without fault when it was staged: the round's policy or dates changed since.
        raise Conflict(
            _("The round has changed since, and this upload no longer fits it. Upload the files again.")
        )
    folder = read.folder
    counts = staged.preview["counts"]
    sides = own_sides(placement_round)
    touched = replaced(sides, read_rows_of(placement_round, Student.external_id, words=True), folder)
    if replace_own and not set(touched) <= set(staged.preview.get("own", ())):
        raise Conflict(
            _(
                "More students wrote something since you looked at this upload. Upload the files again to "
                "see what would be replaced."
            )
        )
    apply_folder(actor, placement_round, folder, NOTHING if replace_own else sides)
    db.session.execute(update(RoundImport).where(RoundImport.id == import_id).values(archive=None))
    _discard_waiting(round_id)
    record(
        actor,
        "round.import",
        placement_round,
        district_id=placement_round.district_id,
        import_id=import_id,
        students=counts["students"],
        opportunities=counts["opportunities"],
        preferences=counts["preferences"],
        own_kept=0 if replace_own else len(touched),
        own_replaced=len(touched) if replace_own else 0,
    )
    db.session.flush()
    return placement_round


def discard(actor: Actor, round_id: int, import_id: int) -> None:
    """Drop a staged upload, and its files with it. Flushes."""
    staged = import_by_id(actor, round_id, import_id)
    if staged.state is ImportState.APPLIED:
        raise Conflict(_("This upload is in the round already. Import the earlier files to go back."))
    if staged.state is ImportState.DISCARDED:
        raise NotFound()
    staged.state = ImportState.DISCARDED
    staged.archive = None
    placement_round = round_by_id(actor, round_id)
    record(actor, "round.import_discard", placement_round, district_id=placement_round.district_id)
    db.session.flush()


def _discard_waiting(round_id: int) -> None:
    db.session.execute(
        update(RoundImport)
        .where(RoundImport.round_id == round_id, RoundImport.state == ImportState.READY)
        .values(state=ImportState.DISCARDED, archive=None)
    )
