"""What the pages of a posting show, ready to be shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import url_for
from flask_babel import get_locale
from flask_babel import gettext as _

from matching.files import Fault
from wbl.accounts.actor import Actor
from wbl.opportunities import queries
from wbl.opportunities.answers import STEPS, Answers, answers_of, dates_of, schedule_cell, unpaid_work
from wbl.opportunities.forms import (
    AboutForm,
    AccessForm,
    FactorsForm,
    PayForm,
    PeopleForm,
    RequiresForm,
    SeatsForm,
    StepForm,
    TasksForm,
    WhereForm,
)
from wbl.opportunities.law import LawView, hazard_words, law_view
from wbl.opportunities.models import Opportunity, OpportunityState, Posting
from wbl.opportunities.services import missing
from wbl.opportunities.trial import steps_at_fault
from wbl.opportunities.when_forms import WhenForm
from wbl.opportunities.words import step_name
from wbl.rounds.models import Round

F = TypeVar("F", bound=StepForm)
FACTORS_STEP = "factors"
PAGES = (*STEPS, FACTORS_STEP)


@dataclass(frozen=True, slots=True)
class PostingPage:
    """A posting with everything that its pages share."""

    found: Opportunity
    posting: Posting | None
    answers: Answers
    round: Round | None  # that it is asked for, or offered in
    rules: Round | None  # whose law is asked
    coordinates: bool
    missing: list[str]

    @property
    def writable(self) -> bool:
        """Whether the steps may be changed by who looks."""
        state = self.found.state
        waits = state is OpportunityState.SUBMITTED and self.coordinates
        return self.posting is not None and (state is OpportunityState.DRAFT or waits)

    @property
    def dates(self) -> tuple[Any, Any]:
        return dates_of(self.answers)

    @property
    def schedule(self) -> str:
        return schedule_cell(self.answers)


def page_of(actor: Actor, opportunity_id: int) -> PostingPage:
    """The posting's page, for the employer and for the coordinator.

    Raises
    ------
    NotFound
        Where there is none, or it is somebody else's.
    """
    found = queries.opportunity(actor, opportunity_id)
    return _page(found, coordinates=queries.coordinates(actor, found))


def page_by_link(found: Opportunity) -> PostingPage:
    """The posting's page for whoever has a link to it: nothing can be changed step by step."""
    return _page(found, coordinates=False)


def _page(found: Opportunity, *, coordinates: bool) -> PostingPage:
    posting = queries.posting(found)
    if posting is not None:
        answers, round_id = posting.answers, posting.round_id
    else:
        offering = queries.newest_offering(found)
        answers, round_id = answers_of(found, offering), offering.round_id if offering else None
    chosen = queries.round_of(found, round_id) if round_id is not None else None
    return PostingPage(
        found=found,
        posting=posting,
        answers=answers,
        round=chosen,
        rules=chosen or queries.round_of(found, None),
        coordinates=coordinates,
        missing=missing(answers, round_id),
    )


def law_of(page: PostingPage, answers: Answers | None = None, rules: Round | None = None) -> LawView:
    """What the law says of the posting, or of what is being typed."""
    language = str(get_locale().language)
    return law_view(rules or page.rules, page.answers if answers is None else answers, language)


def round_choices(page: PostingPage) -> list[tuple[int, str]]:
    """The rounds in which it can be offered."""
    return [(one.id, one.name) for one in queries.open_rounds({page.found.district_id})]


def _filled(form_class: type[F], data: Mapping[str, Any]) -> F:
    """The form with what was answered, or with what was sent: a box that was not sent is empty."""
    form = form_class(data=data)
    return form_class() if form.is_submitted() else form


def step_form(page: PostingPage, step: str) -> StepForm:
    """The form of a step, with what was answered."""
    answers, found = page.answers, page.found
    if step == "about":
        about = _filled(AboutForm, {**answers, "round": page.posting.round_id if page.posting else None})
        about.offer(round_choices(page))
        return about
    if step == "tasks":
        tasks = _filled(TasksForm, answers)
        tasks.offer(hazard_words(page.rules, str(get_locale().language)), answers.get("hazards_more", []))
        return tasks
    if step == "when":
        when = _filled(WhenForm, WhenForm.data_of(answers))
        when.offer(answers)
        return when
    if step == "where":
        where = _filled(WhereForm, {"place": "site", **answers, "site_id": answers.get("site_id")})
        where.offer([(site.id, site_words(site)) for site in queries.sites(found.employer_id or 0)])
        return where
    if step == "seats":
        seats = _filled(SeatsForm, answers)
        seats.offer(_kept_for(found), answers.get("open_to", []))
        return seats
    if step == "access":
        access = _filled(AccessForm, AccessForm.data_of(answers))
        access.offer()
        return access
    if step == "requires":
        requires = _filled(RequiresForm, answers)
        requires.offer(
            queries.known_codes(found, "credentials"), queries.known_codes(found, "courses"), answers
        )
        return requires
    forms: Mapping[str, type[StepForm]] = {"pay": PayForm, FACTORS_STEP: FactorsForm, "people": PeopleForm}
    return _filled(forms[step], forms[step].data_of(answers))


def site_words(site: Any) -> str:
    """A place of work in one line."""
    return ", ".join(part for part in (site.name, site.address, site.city) if part) or str(site.external_id)


def _kept_for(found: Opportunity) -> list[tuple[str, str]]:
    schools = [
        (f"school:{s.external_id}", s.name or s.external_id) for s in queries.schools(found.district_id)
    ]
    programs = queries.known_codes(found, "programs")
    return schools + [
        (f"program:{code}", _("Program: %(code)s", code=code.replace("_", " "))) for code in programs
    ]


def kept_for_words(page: PostingPage) -> list[str]:
    """Whom the seats are kept for, in words."""
    names = dict(_kept_for(page.found))
    return [names.get(code, code) for code in page.answers.get("open_to", [])]


def steps_of(page: PostingPage) -> list[dict[str, Any]]:
    """The steps for the stepper: where each is changed."""
    return [
        {
            "label": step_name(step),
            "href": url_for("opportunities.step", opportunity_id=page.found.id, name=step),
        }
        for step in STEPS
    ]


def steps_to_mend(page: PostingPage, faults: Sequence[Fault]) -> list[dict[str, Any]]:
    """The steps in which faults can be mended: as links, where whoever looks may write."""
    return [
        {
            "label": step_name(step),
            "href": url_for("opportunities.step", opportunity_id=page.found.id, name=step)
            if page.writable
            else None,
            "status": _("To mend"),
            "kind": "warn",
        }
        for step in steps_at_fault(faults)
    ]


def tasks_of(page: PostingPage) -> list[dict[str, Any]]:
    """The steps as a list of what remains to be done."""
    done = page.answers.get("done", [])
    found = []
    for step in STEPS:
        if step in page.missing:
            status, kind = (_("To do"), "warn") if step not in done else (_("Something is missing"), "warn")
        elif step in done:
            status, kind = _("Done"), "good"
        else:
            status, kind = _("Optional"), "neutral"
        href = url_for("opportunities.step", opportunity_id=page.found.id, name=step)
        no_round = step == "about" and step in page.missing and page.round is None
        hint = _("The round is not chosen yet.") if no_round else ""
        found.append({"label": step_name(step), "href": href, "status": status, "kind": kind, "hint": hint})
    return found


def next_step(page: PostingPage, step: str, answers: Answers) -> str:
    """The address after a step is saved: the factors after unpaid work, the next step, the overview."""
    found_id = page.found.id
    if step == "pay" and unpaid_work(answers):
        return url_for("opportunities.step", opportunity_id=found_id, name=FACTORS_STEP)
    place = STEPS.index("pay" if step == FACTORS_STEP else step) + 1
    if place == len(STEPS):
        return url_for("opportunities.show", opportunity_id=found_id)
    return url_for("opportunities.step", opportunity_id=found_id, name=STEPS[place])


def factor_figures(answers: Answers) -> tuple[int, int]:
    """How many of the seven factors speak for an unpaid internship, and how many were answered."""
    given = answers.get("factors", {})
    return sum(value == "yes" for value in given.values()), len(given)
