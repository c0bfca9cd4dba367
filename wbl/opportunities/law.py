"""Whom the law lets do what a posting describes, in words, with the citation of each rule.

The engine's own ``check`` is asked about people of each age; nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from flask_babel import gettext as _
from flask_babel import ngettext

from matching.eligibility import Answer, Finding, Job, Law, Person, Plans, check
from matching.eligibility.labor_rules import AgeRule, HoursRule, Rule, RuleSet, rule_sets
from matching.files import RoundFaults
from matching.files.columns import OBSERVATION_KINDS
from matching.messages import clock_text, duration_text, known_language, list_text, say
from matching.problem import UNKNOWN, Problem
from wbl.opportunities.answers import Answers, observes
from wbl.opportunities.trial import cells_of, first_day, problem_of
from wbl.rounds.models import Round

AGES = (13, 14, 15, 16, 17, 18)
LEARNERS = (16, 17)
UNLAWFUL = 19
LEAST_WORKING_AGE = 14


@dataclass(frozen=True, slots=True)
class Line:
    """What the law says, and where it stands."""

    text: str
    citation: str = ""


@dataclass(frozen=True, slots=True)
class LawView:
    """``headline``: from which age on. ``least``: that age, 0 where nothing is asked."""

    headline: str
    least: int = 0
    agreement: Line | None = None
    against: list[Line] = field(default_factory=list)
    arrange: list[Line] = field(default_factory=list)
    unknown: bool = False


def law_view(placement_round: Round | None, answers: Answers, language: str) -> LawView:
    """What the law of a round says of a posting, as far as it is written."""
    if placement_round is None:
        return LawView(_("Choose a round, and this says whom the law lets do it."), unknown=True)
    if observes(answers):
        return LawView(_("Any age. Students watch and do no work, so the law on youth work asks nothing."))
    try:
        problem = problem_of(placement_round, cells_of(answers))
    except RoundFaults:
        return LawView(_("What is written cannot be judged yet. Go on, and it will be."), unknown=True)
    view = _Asked(problem, known_language(language)).view(answers)
    if answers.get("kind") not in OBSERVATION_KINDS:
        return view
    work = _("What is paid, or has a task that labor law names, is work, whatever its kind is called.")
    return replace(view, arrange=[Line(work), *view.arrange])


class _Asked:
    """One posting, asked about people who turned each age on its first day: the strictest of that age."""

    def __init__(self, problem: Problem, language: str) -> None:
        self.language = language
        policy = problem.policy.law
        sets = rule_sets(policy.jurisdictions, problem.overlays)
        self.rules: dict[str, tuple[RuleSet, Rule]] = {r.code: (one, r) for one in sets for r in one.rules}
        law = Law(
            jurisdictions=policy.jurisdictions,
            overlays=problem.overlays,
            school_hours=policy.school_hours,
            in_session=policy.in_session,
            calendar=problem.calendar,
            trainees_are_exempt=policy.trainees == "hours_exempt",
        )
        job, plans = _job(problem), _plans(problem)
        self.plain = {age: check(law, _person(age, plans.start), job, plans=plans) for age in AGES}
        self.learner = {
            age: check(law, _person(age, plans.start, learner=True), job, plans=plans) for age in LEARNERS
        }

    def view(self, answers: Answers) -> LawView:
        least = self._least()
        from_age = min([age for age in LEARNERS if age < least and self.learner[age].lawful], default=least)
        return LawView(
            headline=self._headline(from_age, answers),
            least=least,
            agreement=self._agreement(least),
            against=self._against(),
            arrange=self._arrange(),
        )

    def _least(self) -> int:
        """The least age from which on it is lawful at every age."""
        least = UNLAWFUL
        for age in reversed(AGES):
            if not self.plain[age].lawful:
                break
            least = age
        return least

    def _headline(self, least: int, answers: Answers) -> str:
        if least == UNLAWFUL:
            return _("As it is written, nobody may do this: see below.")
        own = answers.get("min_age")
        if own and own > least:
            return _("%(age)s and up by the law, and %(own)s and up by your own rule.", age=least, own=own)
        return _("%(age)s and up.", age=least)

    def _agreement(self, least: int) -> Line | None:
        """At which ages an agreement makes it lawful, and because of what."""
        ages = [age for age in LEARNERS if age < least and self.learner[age].lawful]
        codes = _agreements(self.learner[age] for age in ages) or _agreements(self.plain.values())
        if not codes:
            return None
        rules = [self.rules[code][1] for code in codes]
        what = list_text(self.language, [rule.text[self.language] for rule in rules])
        citation = ", ".join(rule.citation for rule in rules)
        if not ages:
            return Line(_("Under 18 it needs a signed agreement, because of %(what)s.", what=what), citation)
        said = "16–17" if len(ages) > 1 else str(ages[0])
        text = _("%(ages)s only with a student-learner agreement, because of %(what)s.", ages=said, what=what)
        return Line(text, citation)

    def _against(self) -> list[Line]:
        """Each rule that is broken at some age, with the age from which on it is not."""
        highest: dict[str, tuple[int, Finding]] = {}
        for age in AGES:
            for finding in self.plain[age].findings:
                # A task that is open from the age at which work is adds nothing to that.
                if not _is_open_task(self.rules[finding.rule][1]):
                    highest[finding.rule] = (age, finding)
        return [self._broken(age, finding) for age, finding in highest.values()]

    def _broken(self, age: int, finding: Finding) -> Line:
        rules, rule = self.rules[finding.rule]
        what = rule.text[self.language]
        if isinstance(rule, AgeRule):
            text = _("%(age)s and up: %(what)s.", age=rule.min_age, what=what)
        else:
            figures = self._figures(rule, finding)
            text = _("Under %(age)s: %(what)s. %(figures)s", age=age + 1, what=what, figures=figures)
        return Line(
            text.strip(),
            say(self.language, "law", jurisdiction=rules.name[self.language], citation=rule.citation),
        )

    def _figures(self, rule: Rule, finding: Finding) -> str:
        if not isinstance(rule, HoursRule) or finding.found is None or rule.says == "hours_school":
            return ""
        if rule.says in ("hours_early", "hours_late"):
            found, limit = (clock_text(self.language, number) for number in (finding.found, finding.limit))
        elif rule.says == "week_days":
            found, limit = (
                ngettext("%(num)s day", "%(num)s days", number) for number in (finding.found, finding.limit)
            )
        else:
            found, limit = (duration_text(self.language, number) for number in (finding.found, finding.limit))
        return _("It is %(found)s here; the limit is %(limit)s.", found=found, limit=limit)

    def _arrange(self) -> list[Line]:
        """What the law asks to be arranged, and for whom; and what else it says."""
        highest = {code: age for age in AGES for code in self.plain[age].asked_by if self.plain[age].lawful}
        found = []
        for code, age in highest.items():
            rules, rule = self.rules[code]
            issuer = rule.issuer[self.language] if rule.issuer else ""
            what = rule.text[self.language]
            text = _("Under %(age)s: %(what)s", age=age + 1, what=what) + (f" ({issuer})." if issuer else ".")
            found.append(
                Line(
                    text,
                    say(self.language, "law", jurisdiction=rules.name[self.language], citation=rule.citation),
                )
            )
        notes = {code for answer in self.plain.values() for code in answer.notes}
        return found + [
            Line(self.rules[code][1].text[self.language], self.rules[code][1].citation)
            for code in sorted(notes)
        ]


def _is_open_task(rule: Rule) -> bool:
    return isinstance(rule, AgeRule) and rule.kind == "task" and rule.min_age <= LEAST_WORKING_AGE


def _agreements(answers: Iterable[Answer]) -> list[str]:
    """The codes of the orders that an agreement is needed for, each once."""
    found = (condition for answer in answers for condition in answer.conditions)
    return list(dict.fromkeys(c.removeprefix("agreement:") for c in found if c.startswith("agreement:")))


def _person(age: int, start: date, *, learner: bool = False) -> Person:
    """Somebody who turned this age on the first day (on 1 March for a 29 February)."""
    try:
        birth = start.replace(year=start.year - age)
    except ValueError:
        birth = date(start.year - age, 3, 1)
    return Person(birth, student_learner=learner)


def _job(problem: Problem) -> Job:
    offered = problem.opportunities
    return Job(
        employment=offered.employment[0],
        labor_program=offered.labor_program[0],
        hazards=offered.hazards[0],
        drives=bool(offered.drives[0]),
    )


def _plans(problem: Problem) -> Plans:
    offered = problem.opportunities
    end, flexible = int(offered.end_date[0]), float(offered.flexible_hours[0])
    weekly = float(offered.hours_per_week[0])
    return Plans(
        start=first_day(problem),
        end=None if end == UNKNOWN else date.fromordinal(end),
        schedule=offered.schedule[0],
        flexible_hours=None if flexible != flexible else flexible,  # NaN: not flexible
        hours_per_week=None if weekly != weekly else weekly,
    )


def hazard_words(placement_round: Round | None, language: str) -> Mapping[str, str]:
    """The tasks that labor law names, by code: machines and places that an employer may have."""
    names = placement_round.policy.get("law", {}).get("jurisdictions", ["US"]) if placement_round else ["US"]
    tongue = known_language(language)
    return {
        code: rule.text[tongue]
        for rules in rule_sets(names)
        for code, rule in rules.tasks.items()
        if not code.startswith("P-")
    }
