"""Every page in English, wide and on a phone, light and dark; `test_pages_in_spanish.py` has the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import Watcher
from tests.browser.looking import PHONE, WIDE, faults_of
from tests.browser.serving import SECRET, Server
from wbl.app import create_app
from wbl.gallery.routes import ERRORS
from wbl.opportunities.page_forms import PAGES as PAGES_OF_A_POSTING

ROUND = "/rounds/{round}"
RUN = f"{ROUND}/runs/{{run}}"
COORDINATOR = (
    "/home",
    "/rounds/",
    "/rounds/start",
    "/rounds/new",
    ROUND,
    f"{ROUND}/prepare",
    f"{ROUND}/missing/choices",
    f"{ROUND}/collect?progress=from_files&q=Baca",
    "/rounds/{collecting}/collect?q=Baca",
    "/rounds/{collecting}/collect/{student}",
    f"{ROUND}/running",
    f"{ROUND}/seats?free=yes",
    f"{ROUND}/late?q=Baca",
    f"{ROUND}/students/{{submission}}/place",
    "/placements/{placement}/end",
    f"{ROUND}/edit",
    f"{ROUND}/import",
    f"{ROUND}/compare",
    f"{ROUND}/pins",
    f"{ROUND}/limits",
    f"{ROUND}/limits/new?scope=group",
    f"{ROUND}/students/{{submission}}/pin",
    f"{ROUND}/export",
    f"{ROUND}/placements?q=Baca",
    f"{ROUND}/letters?state=held",
    f"{ROUND}/credentials",
    "/credentials/records/{credential}",
    f"{ROUND}/publications/{{publication}}/withdraw",
    f"{RUN}?condition=any",
    f"{RUN}/unplaced",
    f"{RUN}/goals",
    f"{RUN}/map",
    f"{RUN}/groups",
    f"{RUN}/advice",
    f"{RUN}/students/{{submission}}",
    f"{RUN}/students/{{submission}}/help",
    f"{RUN}/publish",
    f"{RUN}/changes",
    "/placements/{placement}",
    f"{ROUND}/paperwork?show=late",
    "/placements/{paper}/paperwork",
    "/placements/{paper}/paperwork/paper",
    "/placements/{paper}/paperwork/confirm",
    "/placements/{paper}/paperwork/links",
    "/placements/{paper}/tasks",
    "/placements/{tasked}/tasks/{task}",
    "/placements/{paper}/visits/{visit}",
    "/students/{student}/emergency",
    "/students/?q=Baca",
    "/students/{student}",
    "/students/{student}/guardians",
    "/students/{student}/guardians/new",
    "/students/{student}/guardians/{guardian}",
    "/families/",
    "/families/questions/{question}",
    "/families/signatures",
    "/families/signatures/{signature}",
    "/employers/?q=Clara",
    "/employers/{employer}",
    "/record/?action=round.import",
    "/jobs/?state=failed",
    "/unreached",
    "/postings/?state=submitted",
    "/postings/{waiting}",
    "/postings/learn",
    "/rounds/{collecting}/interviews",
    "/interviews/{interview}/guardian",
    "/rounds/{collecting}/found",
    "/learning/rounds/{collecting}",
    "/rounds/{collecting}/found/{found}",
    "/postings/left-out/{round}",
    "/employers/outreach",
    "/employers/outreach/import",
    "/employers/outreach/again",
    "/employers/vetting",
    "/employers/{employer}/vetting/insurance",
    "/employers/{employer}/invite",
    "/employers/{host}/sites/{site}",
    "/employers/{host}/hand-over/{hosting}",
    "/rounds/{round}/hours",
    "/placements/{own_placement}/hours",
    "/placements/{own_placement}/hours/{time_entry}",
    "/placements/{own_placement}/hours/breaches/{breach}",
    "/reports/active",
    "/reports/equity",
    "/reports/equity/students?stage=placed",
    "/reports/perkins",
    "/reports/perkins/students?gap=graduation_year",
    "/reports/thanks",
    "/reports/thanks/{thanks}/back",
    "/reports/{district}/settings",
    "/reports/{district}/qualifying",
    "/reports/{district}/concentrators",
    "/students/{student}/cte",
    "/placements/{own_placement}/thanks",
    "/growth?show=unsafe",
    "/growth/{grown}",
    "/growth/{grown}/rate/final",
    "/growth/{grown}/link/final",
    "/growth/{grown}/skills",
    "/growth/{grown}/complete",
    "/growth/{grown}/evaluations/{evaluation}/set-aside",
    "/districts/{district}/rubric",
    "/districts/{district}/rubric/1",
    "/districts/{district}/rubric/draft",
    "/districts/{district}/rubric/draft/items/teamwork",
    "/districts/{district}/prompts",
    "/districts/{district}/prompts/{prompt}",
    "/safety/concerns",
    "/safety/concerns/{concern}",
    "/safety/concerns/{unread_concern}",
    "/safety/incidents",
    "/safety/incidents/new?q=Baca",
    "/safety/incidents/new/{student}",
    "/safety/incidents/{incident}",
    "/safety/incidents/{incident}/correct",
    "/safety/incidents/{unopened_incident}",
    "/search/?q=a+b",
    "/account",
    "/account/codes",
    "/account/messages",
    "/account/password",
)
POSTING = "/postings/{draft}"
EMPLOYER = (
    "/our-placements",
    "/our-placements/{known}",
    "/our-interviews",
    "/postings/",
    "/postings/new",
    POSTING,
    f"{POSTING}/preview",
    f"{POSTING}/students",
    f"{POSTING}/law",
    f"{POSTING}/do/close",
    "/employers/{host}",
    "/employers/{host}/sites/new",
    "/employers/{host}/about",
    *(f"{POSTING}/steps/{step}" for step in PAGES_OF_A_POSTING),
)
DISTRICT = "/administration/{district}"
ADMINISTRATOR = (
    DISTRICT,
    f"{DISTRICT}/users?q=a",
    f"{DISTRICT}/users/{{advisor}}",
    f"{DISTRICT}/users/{{advisor}}/roles/new?role=school_staff",
    f"{DISTRICT}/invitations",
    f"{DISTRICT}/invitations/new",
    f"{DISTRICT}/invitations/new?role=program_lead",
    f"{DISTRICT}/invitations/table",
    f"{DISTRICT}/settings",
    f"{DISTRICT}/provider",
    f"{DISTRICT}/languages",
    f"{DISTRICT}/calendar",
    f"{DISTRICT}/law",
    f"{DISTRICT}/retention",
    f"{DISTRICT}/hours",
    f"{DISTRICT}/messages",
    "/jobs/due/{district}",
    f"{DISTRICT}/safety",
    f"{DISTRICT}/safety/schools/{{school}}",
    "/rosters/{district}",
    "/rosters/{district}/settings",
)
STUDENT = (
    "/my-interests/",
    "/my-interests/scores",
    "/my-interests/jobs?q=nurse",
    "/my-rounds/",
    "/my-rounds/{collecting}",
    "/my-rounds/{collecting}/travel",
    "/my-rounds/{collecting}/times",
    "/my-rounds/{collecting}/work",
    "/my-rounds/{collecting}/needs",
    "/my-interviews",
    "/my-rounds/{collecting}/offers?day=Tue",
    "/my-rounds/{collecting}/offers/map",
    "/my-rounds/{collecting}/offers/{offering}",
    "/my-rounds/{collecting}/choices",
    "/my-rounds/{collecting}/submit",
    "/my-rounds/{collecting}/found",
    "/my-hours/{own_placement}",
    "/my-hours/{own_placement}/entries/new",
    "/my-hours/{own_placement}/entries/{time_entry}",
    "/my-hours/{own_placement}/sheet",
    "/my-hours/{own_placement}/absent",
    "/my-hours/offline",
    "/my-placement",
    "/my-placement/{own_placement}",
    "/my-placement/{own_placement}/decline",
    "/my-placement/{own_placement}/paperwork",
    "/my-placement/rounds/{round}/help",
    "/my-credentials",
    "/my-portfolio",
    "/my-timeline",
    "/safety",
    "/safety/sent/{unread_concern}",
)
NOBODY = (
    "/sign-in",
    "/forgot-password",
    "/invitation/{invitation}",
    "/invitation/no-such-link",
    "/new-password/{reset}",
    "/employers/join",
    "/employers/join/demo",
    "/employers/join/demo/thanks",
    "/p/{posting}",
    "/p/no-such-link",
    "/a/no-such-link",
    "/r/no-such-link",
    "/f/no-such-link",
    "/credentials/verify",
    "/credentials/{credential_uuid}",
    "/c/{shared}",
    "/c/no-such-link",
    "/s/{portfolio}",
    "/s/no-such-link",
    "/h/{hours}",
    "/no-such-page",
    *(f"/gallery/errors/{status}" for status in ERRORS),
)
# What the demo has nobody for is in tests/browser/annex.py.
ANNEX = "/rounds/{annex_round}"
FEW = {
    "unopened": ("/f/{family}",),
    "family": ("/f/{family}", "/f/{family}/agreement", "/f/{family}/messages"),
    "confirming": ("/p/{posting}",),
    "sharing": ("/c/{shared}",),
    "signing": ("/a/{signing}",),
    "mentor": ("/h/{hours}",),
    "hours_employer": ("/our-hours", "/our-hours/{own_placement}"),
    "advisor": ("/status/{round}", "/status/{round}/hours"),
    "rating": ("/r/{rating}",),
    "intern": (
        "/my-growth",
        "/my-growth/{grown}",
        "/safety/sent/{concern}",
        "/my-growth/{grown}/rate/final",
        "/my-growth/{grown}/site",
        "/my-placement/{grown}/thanks",
        "/my-growth/{grown}/reflections/weekly/2",
        "/my-growth/{grown}/reflections/before/0",
        "/my-prompts",
    ),
    "rating_employer": ("/our-interns", "/our-growth/{grown}", "/our-growth/{grown}/rate/final"),
    "showing": ("/s/{portfolio}",),
    "school_staff": ("/status/{round}?stage=placed",),
    "program_lead": ("/status/{round}?q=a",),
    "student_unplaced": ("/my-placement/rounds/{round}", "/my-rounds/{collecting}/receipt"),
    "several": (
        "/administration/",
        "/employers/own",
        "/rosters/",
        "/rosters/{annex}/imports/{roster}",
    ),
    "annex_coordinator": (
        f"{ANNEX}/imports/{{staged}}",
        f"{ANNEX}/imports/{{staged}}/own",
        f"{ANNEX}/limits/{{limit}}",
        "/employers/outreach/import/{prospects}",
    ),
    "new_coordinator": ("/home", "/rounds/", "/students/", "/employers/", "/postings/", "/families/"),
    "new_advisor": ("/status/",),
    "new_student": (
        "/my-interests/",
        "/my-interests/activities/7",
        "/my-rounds/",
        "/my-hours/",
        "/my-placement",
        "/my-growth",
        "/my-timeline",
        "/safety",
    ),
    "without_codes": ("/sign-in/set-up-codes",),
    "second_step": ("/sign-in/code",),
    "with_codes": ("/account/codes/off", "/account/codes/recovery"),
}
ROLES = {
    "nobody": NOBODY,
    "coordinator": COORDINATOR,
    "administrator": ADMINISTRATOR,
    "student": STUDENT,
    "employer": EMPLOYER,
    **FEW,
}
PAGES = [(role, path) for role, paths in ROLES.items() for path in paths]
NAMES = [f"{role} {path}" for role, path in PAGES]
NO_PAGES = {
    "static": "files",
    "accounts.index": "leads to where one begins",
    "accounts.provider": "leads to the district's own sign-in",
    "accounts.provider_back": "comes from there",
    "administration.rule_file": "a file",
    "hours.worker": "a script",
    "letters.book": "a PDF",
    "letters.paper_slips": "a PDF",
    "calendars.feed": "a calendar",
    "agreements.agreement": "a PDF",
    "agreements.my_agreement": "a PDF",
    "agreements.our_agreement": "a PDF",
    "family_agreement.agreement": "a PDF",
    "signing.agreement": "a PDF",
    **{
        f"credentials.{file}": "a file"
        for file in (
            "issuer",
            "key",
            "key_set",
            "status_list",
            "mine_as_token",
            "mine_as_json",
            "shared_as_token",
        )
    },
    **{f"portfolio.{file}": "a file" for file in ("file", "resume", "shared_file", "shared_resume")},
    "letters.ended": "a PDF",
    "letters.letter": "a PDF",
    "family.letter": "a PDF",
    "rounds.run_folder": "an archive",
    "rounds.run_results": "an archive",
}
LANGUAGES = {"en": "English", "es": "Español"}
# In which width a page is asked for everything: each language has the other, and both have all looks.
FIRST = {"en": WIDE, "es": PHONE}

# Their language switch stands open in the header.
BY_LINK = ("unopened", "family", "confirming", "signing", "sharing", "mentor", "rating", "showing")
WITHOUT_MENU = ("nobody", *BY_LINK, "without_codes", "second_step")

Open = Callable[[str, str], Page]


@pytest.fixture(scope="module")
def open_as(sqlite_server: Server, chromium: Browser, annex: dict[str, Any]) -> Iterator[Open]:
    """``open_as(role, language)``: that person's window, signed in once and kept for all their pages."""
    watcher = Watcher(sqlite_server)
    contexts: list[BrowserContext] = []
    windows: dict[tuple[str, str], Page] = {}

    def window(role: str, language: str) -> Page:
        if (role, language) not in windows:
            context = chromium.new_context(base_url=sqlite_server.address, locale="en-US")
            watcher.watch(context)
            contexts.append(context)
            page = windows[role, language] = context.new_page()
            _enter(page, annex, role)
            page.set_viewport_size({"width": 390, "height": 900})
            if role not in WITHOUT_MENU:
                page.locator("summary").filter(has_text="Menu").click()
            page.get_by_role("button", name=LANGUAGES[language]).locator("visible=true").click()
            expect(page.locator("html")).to_have_attribute("lang", language)
        return windows[role, language]

    yield window
    # A language that was chosen stays with the account: other tests read these people's pages in English.
    for (role, language), page in windows.items():
        if language != "en" and role not in WITHOUT_MENU:
            page.goto("/account")
            token = page.locator("input[name=csrf_token]").first.get_attribute("value") or ""
            assert page.request.post("/language", form={"language": "en", "csrf_token": token}).ok
    for context in contexts:
        context.close()
    assert watcher.faults == []


def _enter(page: Page, annex: dict[str, Any], role: str) -> None:
    links = {
        "unopened": "/f/{family}",
        "family": "/f/{family}",
        "confirming": "/p/{posting}",
        "sharing": "/c/{shared}",
        "signing": "/a/{signing}",
        "mentor": "/h/{hours}",
        "rating": "/r/{rating}",
        "showing": "/s/{portfolio}",
    }
    if role == "nobody":
        page.goto("/sign-in")
    elif role in links:
        page.goto(links[role].format(**annex["ids"]))
        if role != "unopened":
            page.locator("main button").click()
    else:
        person = annex["people"][role]
        page.goto("/sign-in")
        page.get_by_label("E-mail").fill(person["email"])
        page.get_by_label("Password").fill(person["password"])
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda url: not url.endswith("/sign-in"))
        if "codes" in person:
            page.get_by_role("textbox", name="Code").fill(person["codes"].pop())
            page.get_by_role("button", name="Sign in").click()
            page.wait_for_url(lambda url: "/sign-in" not in url)


def look_at(open_as: Open, annex: dict[str, Any], role: str, path: str, language: str) -> None:
    """Open a page as somebody who reads a language; nothing is at fault in any width or theme."""
    page = open_as(role, language)
    answer = page.goto(path.format(**annex["ids"]))
    assert answer is not None
    assert answer.status == (404 if "no-such" in path else 200)
    assert page.url.endswith(path.format(**annex["ids"])), "led elsewhere"
    assert page.locator("html").get_attribute("lang") == language
    assert faults_of(page, first=FIRST[language]) == []


# Those in Spanish are in a file of their own: each file is done by one of the processes side by side.
@pytest.mark.parametrize(("role", "path"), PAGES, ids=NAMES)
def test_page_in_english_is_accessible_and_fits(
    open_as: Open, annex: dict[str, Any], role: str, path: str
) -> None:
    look_at(open_as, annex, role, path, "en")


class _AnyId(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return str(UUID(int=1)) if name.endswith("_uuid") else "1"


def test_every_page_is_looked_at(tmp_path: Path) -> None:
    """Every address that answers a GET with a page is among those above."""
    rules = create_app({"INSTANCE_PATH": str(tmp_path), "SECRET_KEY": SECRET, "GALLERY": True}).url_map
    addresses = rules.bind("localhost")
    seen = {
        addresses.match(path.format_map(_AnyId()).partition("?")[0])[0]
        for _role, path in PAGES
        if "no-such" not in path
    }
    gallery = {rule.endpoint for rule in rules.iter_rules() if rule.endpoint.startswith("gallery.")}
    pages = {rule.endpoint for rule in rules.iter_rules() if "GET" in (rule.methods or ())} - gallery
    assert pages - seen - NO_PAGES.keys() == set()
    assert NO_PAGES.keys() <= pages - seen, "an exception that is none any more"
