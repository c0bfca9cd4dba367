"""What the header offers to whom, and where each role begins."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request, url_for
from flask_babel import lazy_gettext as _l

from wbl.accounts.actor import Actor
from wbl.accounts.permissions import Permission, allows


@dataclass(frozen=True, slots=True)
class NavItem:
    label: str
    url: str
    current: bool
    minor: bool = False  # looked up now and then: it stands in the menu beside the name


_ENTRIES = (
    (Permission.ROUND_VIEW, "home.index", _l("Home")),
    (Permission.ROUND_VIEW, "rounds.index", _l("Rounds")),
    (Permission.STUDENT_VIEW, "people.index", _l("Students")),
    (Permission.FAMILY_ANSWER, "guardians.questions", _l("Families")),
    (Permission.EMPLOYER_VIEW, "employers.index", _l("Employers")),
    (Permission.GROWTH_VIEW, "growth.index", _l("Growth")),
    (Permission.REPORT_VIEW, "reports.active", _l("Reports")),
    (Permission.AUDIT_VIEW, "audit.index", _l("Record")),
    (Permission.JOBS_VIEW, "jobs.index", _l("Jobs")),
    (Permission.CONCERN_READ, "safety.concerns", _l("Safety")),
    (Permission.SUBMISSION_OWN, "my_rounds.index", _l("My rounds")),
    (Permission.INTERESTS_OWN, "interests.index", _l("My interests")),
    (Permission.STATUS_VIEW, "status.index", _l("My students")),
    (Permission.ADMINISTER, "administration.index", _l("Administration")),
    (Permission.PLACEMENT_OWN, "interviews.mine", _l("Interviews")),
    (Permission.PLACEMENT_OWN, "placements.mine", _l("My placement")),
    (Permission.CREDENTIAL_OWN, "credentials.mine", _l("My credentials")),
    (Permission.PLACEMENT_OWN, "growth.mine", _l("My growth")),
    (Permission.PLACEMENT_OWN, "hours.mine", _l("My hours")),
    (Permission.PORTFOLIO_OWN, "portfolio.mine", _l("My portfolio")),
    (Permission.PLACEMENT_OWN, "timeline.mine", _l("My timeline")),
    (Permission.HOSTING_OWN, "placements.hosting", _l("Our placements")),
    (Permission.HOSTING_OWN, "reports.our_interns", _l("Our interns")),
    (Permission.HOSTING_OWN, "hours.hosting", _l("Hours")),
    (Permission.HOSTING_OWN, "opportunities.index", _l("Postings")),
    (Permission.HOSTING_OWN, "interviews.ours", _l("Interviews")),
    (Permission.HOSTING_OWN, "employers.own", _l("Our organization")),
)
_MINOR = frozenset({"audit", "jobs", "credentials", "portfolio", "reports", "safety", "timeline"})


def home_of(actor: Actor) -> str:
    """The page on which this actor begins."""
    if allows(actor, Permission.ROUND_VIEW):
        return url_for("home.index")
    if allows(actor, Permission.STATUS_VIEW):
        return url_for("status.index")
    if allows(actor, Permission.ADMINISTER):
        return url_for("administration.index")
    if allows(actor, Permission.PLACEMENT_OWN):
        return url_for("placements.mine")
    if allows(actor, Permission.HOSTING_OWN):
        return url_for("placements.hosting")
    return url_for("accounts.account")


def items(actor: Actor | None) -> list[NavItem]:
    """The navigation of this actor; the item of the page's own feature is marked current."""
    if actor is None:
        return []
    here = request.endpoint or ""
    found = []
    for permission, endpoint, label in _ENTRIES:
        if allows(actor, permission):
            blueprint = endpoint.split(".")[0]
            current = here == endpoint or (blueprint != "placements" and here.startswith(blueprint + "."))
            # For a district, postings are a part of its work with employers.
            current |= endpoint == "employers.index" and here.startswith("opportunities.")
            found.append(NavItem(str(label), url_for(endpoint), current, blueprint in _MINOR))
    return found
