"""What the header offers to whom, and where each role begins."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request, url_for
from flask_babel import gettext as _

from wbl.accounts.actor import Actor
from wbl.accounts.permissions import Permission, allows


@dataclass(frozen=True, slots=True)
class NavItem:
    label: str
    url: str
    current: bool
    minor: bool = False  # looked up now and then: it stands in the menu beside the name


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
    entries = [
        (Permission.ROUND_VIEW, "home.index", _("Home")),
        (Permission.ROUND_VIEW, "rounds.index", _("Rounds")),
        (Permission.STUDENT_VIEW, "people.index", _("Students")),
        (Permission.FAMILY_ANSWER, "guardians.questions", _("Families")),
        (Permission.EMPLOYER_VIEW, "employers.index", _("Employers")),
        (Permission.GROWTH_VIEW, "growth.index", _("Growth")),
        (Permission.REPORT_VIEW, "reports.active", _("Reports")),
        (Permission.AUDIT_VIEW, "audit.index", _("Record")),
        (Permission.JOBS_VIEW, "jobs.index", _("Jobs")),
        (Permission.CONCERN_READ, "safety.concerns", _("Safety")),
        (Permission.SUBMISSION_OWN, "my_rounds.index", _("My rounds")),
        (Permission.INTERESTS_OWN, "interests.index", _("My interests")),
        (Permission.STATUS_VIEW, "status.index", _("My students")),
        (Permission.ADMINISTER, "administration.index", _("Administration")),
        (Permission.PLACEMENT_OWN, "interviews.mine", _("Interviews")),
        (Permission.PLACEMENT_OWN, "placements.mine", _("My placement")),
        (Permission.CREDENTIAL_OWN, "credentials.mine", _("My credentials")),
        (Permission.PLACEMENT_OWN, "growth.mine", _("My growth")),
        (Permission.PLACEMENT_OWN, "hours.mine", _("My hours")),
        (Permission.PORTFOLIO_OWN, "portfolio.mine", _("My portfolio")),
        (Permission.PLACEMENT_OWN, "timeline.mine", _("My timeline")),
        (Permission.HOSTING_OWN, "placements.hosting", _("Our placements")),
        (Permission.HOSTING_OWN, "reports.our_interns", _("Our interns")),
        (Permission.HOSTING_OWN, "hours.hosting", _("Hours")),
        (Permission.HOSTING_OWN, "opportunities.index", _("Postings")),
        (Permission.HOSTING_OWN, "interviews.ours", _("Interviews")),
        (Permission.HOSTING_OWN, "employers.own", _("Our organization")),
    ]
    here = request.endpoint or ""
    found = []
    for permission, endpoint, label in entries:
        if allows(actor, permission):
            blueprint = endpoint.split(".")[0]
            current = here == endpoint or (blueprint != "placements" and here.startswith(blueprint + "."))
            # For a district, postings are a part of its work with employers.
            current |= endpoint == "employers.index" and here.startswith("opportunities.")
            found.append(NavItem(label, url_for(endpoint), current, blueprint in _MINOR))
    return found
