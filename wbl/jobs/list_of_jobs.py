"""Every job that is due again and again. docs/decisions/messages.md says what each does."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from wbl.agreements.nudging import nudge_next
from wbl.calendars.feeds import note_next
from wbl.employers.vetting import remind_next
from wbl.growth.asking import ask_next
from wbl.hours.weeks import send_next
from wbl.jobs.due import Job
from wbl.retention.services import purge_next
from wbl.rosters.pick_up import pick_up_next
from wbl.safety.reminding import remind_next as remind_of_concern

DUE: Mapping[str, Job] = {
    "paperwork": Job(timedelta(minutes=5), nudge_next),
    "growth": Job(timedelta(minutes=5), ask_next),
    "hours": Job(timedelta(minutes=15), send_next),
    "safety": Job(timedelta(minutes=15), remind_of_concern),
    "calendars": Job(timedelta(minutes=15), note_next),
    "vetting": Job(timedelta(minutes=15), remind_next),
    # Each district's night begins at another hour: these ask often, and do once a night.
    "rosters": Job(timedelta(minutes=10), pick_up_next),
    "retention": Job(timedelta(minutes=10), purge_next),
}
