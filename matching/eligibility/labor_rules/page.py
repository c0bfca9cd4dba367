"""The rules that ship as a page for people: docs/labor-law.md."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from matching.eligibility.labor_rules import (
    AgeRule,
    HoursRule,
    Note,
    Rule,
    RuleSet,
    Summer,
    jurisdictions,
    load_rules,
)

_HEAD = """# Youth employment law

Made from `matching/eligibility/labor_rules/*.toml` by `python -m matching.eligibility.labor_rules`; a
test keeps it current. This is data, not live law and not legal advice. The head of `us.toml` says
how each kind of rule is applied; the stricter of all rules decides, and a district can add a file of
its own.

**Sure**: V read in the source named; V2 in a secondary source; G general knowledge that still has to
be checked: it excludes nobody unless it is marked *applied*. **Since**: the first date on which a
rule holds; where it is not known, the rule holds on every date.
"""
_SCOPES = {"school": " on a school day", "other": " on a day without school", "24h": " in any 24 hours",
           "any": " a day"}  # fmt: skip
_WEEKS = {"school": " in a school week", "other": " in a week without school", "any": " a week"}


def page() -> str:
    """The whole page, in Markdown."""
    parts = [_HEAD, *(_jurisdiction(load_rules(name)) for name in jurisdictions())]
    return "\n".join(parts)


def _jurisdiction(rules: RuleSet) -> str:
    name = rules.name["en"]
    lines = [f"## {rules.jurisdiction}: {name[:1].upper()}{name[1:]}", ""]
    conditions = [rule for rule in rules.rules if rule.condition]
    ages = [r for r in rules.rules if isinstance(r, AgeRule) and not r.condition]
    lines += _table("Ages", ages)
    lines += _table("Hours", rules.hours_rules.values())
    lines += _table("To be arranged", conditions)
    notes = [rule for rule in rules.rules if isinstance(rule, Note)]
    for note in notes:
        lines += [f"*On {', '.join(note.about)} ({note.citation}):* {note.text['en']}", ""]
    return "\n".join(lines)


def _table(title: str, rules: Iterable[Rule]) -> list[str]:
    rows = [_row(rule) for rule in rules]
    if not rows:
        return []
    head = ["code", "about", "figure", "citation", "source", "sure", "since"]
    return [f"### {title}", "", _line(head), _line(["---"] * len(head)), *map(_line, rows), ""]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _row(rule: Rule) -> list[str]:
    sure = f"{rule.sure}, applied" if rule.sure == "G" and rule.asked else rule.sure
    since = rule.effective.isoformat() if rule.effective else "not known"
    if rule.until:
        since += f" to {rule.until.isoformat()}"
    figure = _figure(rule)
    if rule.not_with:
        figure += f"; not with {', '.join(sorted(rule.not_with))}"
    return [f"`{rule.code}`", rule.text["en"], figure, rule.citation, rule.source, sure, since]


def _figure(rule: Rule) -> str:
    if rule.condition:
        return _condition(rule)
    if isinstance(rule, AgeRule):
        exemption = ""
        if rule.exemption_age is not None:
            exemption = f"; {rule.exemption_age} as student-learner or apprentice, under an agreement"
            exemption += f" ({rule.exemption_citation})" if rule.exemption_citation else ""
        return f"from {rule.min_age}{exemption}"
    if not isinstance(rule, HoursRule):
        return ""
    figures = f"under {rule.under_age}: {_limit(rule)}"
    for name, changed in rule.programs.items():
        figures += f"; {name}: {_limit(changed)}"
    return figures


def _condition(rule: Rule) -> str:
    issuer = f", from {rule.issuer['en']}" if rule.issuer else ""
    if isinstance(rule, AgeRule):
        return f"`{rule.condition}` under {rule.min_age}{issuer}"
    assert isinstance(rule, HoursRule)
    when = "for work in school hours" if rule.scope == "school" else f"for work after {_clock(rule.limit)}"
    return f"`{rule.condition}` under {rule.under_age} {when}{issuer}"


def _limit(rule: HoursRule) -> str:
    if rule.kind == "school_hours":
        if rule.open:
            return "allowed"
        weeks = ", ".join(map(str, rule.cycle))
        return f"days in school hours by week: {weeks}" if rule.cycle else "none"
    if rule.kind == "day_hours":
        more = rule.school_hours_limit
        opened = "" if more is None else f", {_hours(more)} on a day with work in school hours"
        return f"at most {_hours(rule.limit)}{_SCOPES[rule.scope]}{opened}"
    if rule.kind == "week_hours":
        return f"at most {_hours(rule.limit)}{_WEEKS[rule.scope]}"
    if rule.kind == "week_days":
        return f"at most {rule.limit} days a week"
    if rule.kind == "rest":
        return f"at least {_hours(rule.limit)} between two days of work"
    if rule.kind == "earliest":
        return f"from {_clock(rule.limit)}{' on a school day' if rule.scope == 'school' else ''}"
    if rule.kind == "latest":
        before = " before a school day" if rule.scope == "school" else ""
        return f"until {_clock(rule.limit)}{before}{_summer(rule.summer)}"
    return "flexible hours within these limits"


def _summer(summer: Summer | None) -> str:
    if summer is None:
        return ""
    last = "Labor Day" if summer.last is None else "{:02}-{:02}".format(*summer.last)
    return f"; until {_clock(summer.time)} from {summer.first[0]:02}-{summer.first[1]:02} to {last}"


def _clock(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02}"


def _hours(minutes: int) -> str:
    hours = f"{minutes / 60:g}"
    return f"{hours} hour" if hours == "1" else f"{hours} hours"
