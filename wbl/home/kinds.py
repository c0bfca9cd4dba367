"""Every kind of thing that may need a coordinator. A feature adds its own function to the list."""

from __future__ import annotations

from wbl.home import (
    of_families,
    of_growth,
    of_hours,
    of_interests,
    of_paperwork,
    of_placements,
    of_postings,
    of_rounds,
    of_safety,
)
from wbl.home.needs import Kind

KINDS: tuple[Kind, ...] = (
    of_safety.safety_and_mail,
    of_placements.declined,
    of_placements.leavers,
    of_placements.ended,
    of_placements.held_letters,
    of_interests.found,
    of_families.questions,
    of_families.signatures,
    of_growth.under_way,
    of_paperwork.to_sign,
    of_paperwork.to_arrange,
    of_paperwork.late,
    of_paperwork.without_answer,
    of_hours.hours,
    of_rounds.closing,
    of_rounds.runs,
    of_rounds.not_solved,
    of_rounds.uploads,
    of_placements.unanswered,
    of_postings.approvals,
    of_postings.vettings,
    of_postings.next_actions,
    of_postings.sign_ups,
)
