"""Writing what a run gave: the archive that proves it, and the rows that pages are made of."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import select, update

from matching.files import write_table
from matching.pairs import PARTS
from matching.problem import UNKNOWN, Problem
from wbl import clock
from wbl.accounts.actor import WORKER
from wbl.audit.services import record
from wbl.db import change, db
from wbl.interests.models import Submission
from wbl.opportunities.models import Offering, Opportunity
from wbl.rounds import archive
from wbl.rounds.models import Explanation, Proposal, Round, RunArchive, RunState, SolveRun, Unplaced
from wbl.rounds.progress import Claim, mine
from wbl.rounds.upserts import insert_rows

Ids = dict[str, int]


def store(
    claim: Claim,
    files: Mapping[str, bytes],
    problem: Problem,
    result_files: Mapping[str, bytes],
    result: Any,
) -> bool:
    """Store a verified result with its run, in the caller's transaction.

    Returns
    -------
    bool
        False where the run is no longer this worker's, or somebody asked it to stop: then nothing
        is written.
    """
    summary = json.loads(result_files["summary.json"])
    done = change(
        update(SolveRun)
        .where(*mine(claim), SolveRun.stop_requested.is_(False))
        .values(
            state=RunState.DONE,
            summary=summary,
            input_digest=problem.digest,
            progress=None,
            ended_at=clock.now(),
        )
    )
    if done != 1:
        return False
    submissions, offerings = _ids(claim.round_id)
    records = _records(result_files)
    insert_rows(RunArchive, [_archive(claim.run_id, files, result_files, result)])
    insert_rows(Proposal, list(_proposals(claim.run_id, result, records, submissions, offerings)))
    insert_rows(Unplaced, list(_unplaced(claim.run_id, result_files, submissions)))
    insert_rows(
        Explanation,
        [
            {"run_id": claim.run_id, "submission_id": submissions[name], "record": entry}
            for name, entry in records.items()
        ],
    )
    district_id = db.session.scalar(select(Round.district_id).where(Round.id == claim.round_id))
    run = db.session.get_one(SolveRun, claim.run_id, populate_existing=True)
    record(
        WORKER,
        "run.done",
        run,
        district_id=district_id,
        round=claim.round_id,
        number=run.number,
        placed=summary["placed"],
    )
    db.session.flush()
    return True


def _ids(round_id: int) -> tuple[Ids, Ids]:
    """Rows by what the engine calls them. Left-out rows too: they may have left meanwhile."""
    submissions = db.session.execute(
        select(Submission.pseudonym, Submission.id).where(Submission.round_id == round_id)
    )
    offerings = db.session.execute(
        select(Opportunity.external_id, Offering.id)
        .join(Offering, Offering.opportunity_id == Opportunity.id)
        .where(Offering.round_id == round_id)
    )
    return dict(submissions.all()), dict(offerings.all())  # type: ignore[arg-type]  # rows are pairs


def _records(result_files: Mapping[str, bytes]) -> dict[str, dict[str, Any]]:
    lines = result_files["explanations.jsonl"].decode().splitlines()
    return {entry["student_id"]: entry for entry in map(json.loads, lines)}


def _archive(
    run_id: int, files: Mapping[str, bytes], result_files: Mapping[str, bytes], result: Any
) -> dict[str, Any]:
    profiles = archive.pack(files)
    pairs = archive.pack({"eligible.csv": eligible_csv(result)})
    return {
        "run_id": run_id,
        "profiles": profiles,
        "profiles_digest": hashlib.sha256(profiles).hexdigest(),
        "pairs": pairs,
        "pairs_digest": hashlib.sha256(pairs).hexdigest(),
        "results": archive.pack(result_files),
    }


def eligible_csv(result: Any) -> bytes:
    """The eligible pairs of a result and what each is worth: it says nothing of any profile."""
    pairs, problem = result.scored.pairs, result.problem
    students, opportunities = problem.students.ids, problem.opportunities.ids
    return write_table(
        ("student_id", "opportunity_id", "utility"),
        (
            (students[student], opportunities[opportunity], str(utility))
            for student, opportunity, utility in zip(
                pairs.student.tolist(),
                pairs.opportunity.tolist(),
                result.scored.utility.tolist(),
                strict=True,
            )
        ),
    )


def _proposals(
    run_id: int, result: Any, records: Mapping[str, dict[str, Any]], submissions: Ids, offerings: Ids
) -> Iterator[dict[str, Any]]:
    from matching.fit import known_parts

    students, opportunities = result.problem.students.ids, result.problem.opportunities.ids
    columns = (
        result.student.tolist(),
        result.opportunity.tolist(),
        result.utility.tolist(),
        result.rank.tolist(),
        result.minutes.tolist(),
        result.interest_fit.tolist(),
        result.conditions,
        known_parts(result.problem, result.student, result.opportunity, result.minutes).tolist(),
    )
    parts_of = {
        (name, seat["opportunity_id"]): seat["parts"]
        for name, entry in records.items()
        for seat in entry["placed"]
    }
    for student, opportunity, utility, rank, minutes, fit, conditions, known in zip(*columns, strict=True):
        parts = parts_of[students[student], opportunities[opportunity]]
        yield {
            "run_id": run_id,
            "submission_id": submissions[students[student]],
            "offering_id": offerings[opportunities[opportunity]],
            "utility": utility,
            "rank": None if rank == UNKNOWN else rank,
            "travel_minutes": None if minutes == UNKNOWN else minutes,
            "interest_fit": fit,
            # Of a part that nothing is known of, that stands as a third.
            "parts": {
                name: parts[name] if sure else [*parts[name], False]
                for name, sure in zip(PARTS, known, strict=True)
            },
            "conditions": list(conditions),
        }


def _unplaced(run_id: int, result_files: Mapping[str, bytes], submissions: Ids) -> Iterator[dict[str, Any]]:
    for row in csv.DictReader(io.StringIO(result_files["unplaced.csv"].decode())):
        yield {
            "run_id": run_id,
            "submission_id": submissions[row["student_id"]],
            "reason": row["reason"],
            "detail": row["detail"],
        }
