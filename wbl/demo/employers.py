"""What the employer's side of the demo shows: a posting being written, one that waits for the district."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from wbl.accounts.actor import Actor
from wbl.db import db, transaction
from wbl.employers import outreach, vetting
from wbl.employers import services as employers
from wbl.employers.models import Employer, EmployerOrigin, OutreachStage, VettingItem
from wbl.employers.vetted import today
from wbl.opportunities import queries, services
from wbl.opportunities.answers import Answers
from wbl.opportunities.models import Opportunity
from wbl.rounds import services as rounds
from wbl.rounds.models import Round

TITLE = "Café helper on market days"
NEXT = timedelta(days=14)

WAITING: dict[str, Answers] = {
    "tasks": {
        "tasks": ["serve_food", "wash_dishes", "cash_register", "meat_slicer"],
        "own_tasks": "Write the menu board",
        "description": "Our café feeds visitors and neighbors. You learn how a kitchen runs safely, from the "
        "first delivery to the last plate.",
    },
    "when": {
        "timing": "weekly",
        "weekly": {"Tue": ["15:30", "18:30"], "Thu": ["15:30", "18:30"]},
    },
    "where": {"place": "site", "directions": "Ask for the café at the front door."},
    "seats": {"seats": 3},
    "pay": {"paid": "yes", "hourly_wage": "15.00"},
    "access": {
        "access": {
            "step_free_access": "provides",
            "accessible_restroom": "provides",
            "quiet_space": "arranges",
            "written_steps": "provides",
        }
    },
    "requires": {},
    "people": {
        "supervisor": "Dana Ruiz, kitchen lead",
        "learn_before": "How to wash hands for food work, and how to greet a guest.",
    },
}


PIPELINE: tuple[tuple[str, OutreachStage, str, int | None, str], ...] = (
    ("Cedar Street Veterinary", OutreachStage.PROSPECT, "Call and introduce the program", 0, ""),
    (
        "Mesa Clara Print Works",
        OutreachStage.CONTACTED,
        "Send the one-page summary",
        3,
        "Spoke with the owner: wants to see the safety rules first.",
    ),
    ("Lantern Theater", OutreachStage.INTERESTED, "Visit the stage and the workshop", 7, ""),
)


def employer_side(actor: Actor, round_id: int, employer: Employer | None) -> None:
    """A draft and a posting that waits, where the demo's employer has none yet."""
    placement_round = db.session.get_one(Round, round_id)
    if employer is None or db.session.scalar(select(Opportunity.id).where(Opportunity.title == TITLE)):
        return
    with transaction():
        asked = _open_round(actor, placement_round)
        waits = services.create(actor, employer.id, asked, title=TITLE, kind="internship")
        services.save(actor, waits.id, "about", {"cluster": "Hospitality, Events & Tourism"}, round_id=asked)
        for step, answers in WAITING.items():
            site = next(iter(queries.sites(employer.id)), None)
            more = {"site_id": site.id} if step == "where" and site is not None else {}
            services.save(actor, waits.id, step, {**answers, **more})
        services.submit(actor, waits.id)
        draft = services.create(actor, employer.id, asked, title="A day behind the scenes", kind="job_shadow")
        services.save(actor, draft.id, "tasks", {"tasks": ["watch_only"]})
        _outreach(actor, placement_round.district_id)


def _outreach(actor: Actor, district_id: int) -> None:
    """Three employers to be won; the last of them signed up and is half vetted."""
    day = today()
    for name, stage, action, days, note in PIPELINE:
        origin = EmployerOrigin.SIGN_UP if stage is OutreachStage.INTERESTED else EmployerOrigin.PROSPECT
        site = {
            "name": name,
            "city": "Mesa Clara",
            "contact_name": "Robin Teller",
            "contact_phone": "555-0166",
        }
        made = employers.add(actor, district_id, origin, stage, name, site)
        due = day + timedelta(days=days) if days is not None else None
        outreach.save(actor, made.id, stage=stage, next_action=action, next_on=due, note=note)
    for item in (VettingItem.CONTACT, VettingItem.INSURANCE):
        vetting.check(
            actor, made.id, item, checked_on=day - timedelta(days=20), expires_on=day + timedelta(days=300)
        )


def _open_round(actor: Actor, published: Round) -> int:
    """A round in which something can be offered: one that is there, else the next one."""
    open_rounds = queries.open_rounds({published.district_id})
    if open_rounds:
        return open_rounds[0].id
    first = published.ends_on + NEXT
    made = rounds.create_round(
        actor,
        published.district_id,
        name=f"Placements from {first:%B %Y}",
        starts_on=first,
        ends_on=first + timedelta(days=60),
    )
    return made.id
