"""Every page, in English and Spanish, wide and on a phone, light and dark."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import Server, Watcher, sign_in_as
from tests.browser.looking import faults_of
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
    "/placements/{placement}",
    "/students/?q=Baca",
    "/students/{student}",
    "/students/{student}/guardians",
    "/students/{student}/guardians/new",
    "/families/",
    "/families/questions/{question}",
    "/families/signatures",
    "/families/signatures/{signature}",
    "/employers/?q=Clara",
    "/employers/{employer}",
    "/record/?action=round.import",
    "/jobs/?state=failed",
    "/postings/?state=submitted",
    "/postings/{waiting}",
    "/postings/learn",
    f"{ROUND}/interviews",
    "/postings/left-out/{round}",
    "/employers/outreach",
    "/employers/outreach/import",
    "/employers/outreach/again",
    "/employers/vetting",
    "/employers/{employer}/vetting/insurance",
    "/employers/{employer}/invite",
    "/search/?q=a+b",
    "/account",
    "/account/codes",
    "/account/password",
)
POSTING = "/postings/{draft}"
EMPLOYER = (
    "/our-placements",
    "/our-interviews",
    "/postings/",
    "/postings/new",
    POSTING,
    f"{POSTING}/preview",
    f"{POSTING}/students",
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
    "/rosters/{district}",
    "/rosters/{district}/settings",
)
PAGES = [("nobody", "/sign-in"), ("nobody", "/forgot-password"), ("nobody", "/invitation/no-such-link")]
PAGES += [
    ("nobody", "/employers/join/demo"),
    ("nobody", "/employers/join/demo/thanks"),
    ("nobody", "/p/no-such-link"),
]
PAGES += [("nobody", "/no-such-page"), ("nobody", "/f/no-such-link")]
PAGES += [("coordinator", path) for path in COORDINATOR]
PAGES += [("administrator", path) for path in ADMINISTRATOR]
PAGES += [("advisor", "/status/{round}"), ("school_staff", "/status/{round}?stage=placed")]
PAGES += [("program_lead", "/status/{round}?q=a")]
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
    "/my-placement",
    "/my-placement/rounds/{round}/help",
)
PAGES += [("student", path) for path in STUDENT]
PAGES += [("student", "/my-placement/{own_placement}/decline")]
PAGES += [*(("employer", path) for path in EMPLOYER), ("family", "")]
PAGES += [
    ("coordinator", "/rounds/{collecting}/found"),
    ("coordinator", "/rounds/{collecting}/found/{found}"),
]
PAGES += [("employer", "/our-placements"), ("family", "")]
LANGUAGES = {"en": "English", "es": "Español"}

Open = Callable[[str, str], Page]


@pytest.fixture(scope="module")
def open_as(server: Server, chromium: Browser, demo: dict[str, Any]) -> Iterator[Open]:
    """``open_as(role, language)``: that person's window, signed in once and kept for all their pages."""
    watcher = Watcher(server)
    contexts: list[BrowserContext] = []
    windows: dict[tuple[str, str], Page] = {}

    def window(role: str, language: str) -> Page:
        if (role, language) not in windows:
            context = chromium.new_context(base_url=server.address, locale="en-US")
            watcher.watch(context)
            contexts.append(context)
            page = windows[role, language] = context.new_page()
            _enter(page, demo, role)
            page.set_viewport_size({"width": 390, "height": 900})
            if role not in ("nobody", "family"):
                page.locator("summary").filter(has_text="Menu").click()
            page.get_by_role("button", name=LANGUAGES[language]).locator("visible=true").click()
            expect(page.locator("html")).to_have_attribute("lang", language)
        return windows[role, language]

    yield window
    # A language that was chosen stays with the account: other tests read these people's pages in English.
    for (role, language), page in windows.items():
        if language != "en" and role not in ("nobody", "family"):
            page.goto("/account")
            token = page.locator("input[name=csrf_token]").first.get_attribute("value") or ""
            form = {"language": "en", "csrf_token": token}
            assert page.request.post("/language", form=form).ok
    for context in contexts:
        context.close()
    assert watcher.faults == []


def _enter(page: Page, demo: dict[str, Any], role: str) -> None:
    if role == "nobody":
        page.goto("/sign-in")
    elif role == "family":
        page.goto(demo["family_link"])
        page.locator("main button").click()
    else:
        sign_in_as(page, demo, role)


@pytest.mark.parametrize(("role", "path"), PAGES, ids=[f"{role} {path}" for role, path in PAGES])
@pytest.mark.parametrize("language", LANGUAGES)
def test_page_is_accessible_and_fits(
    open_as: Open, demo: dict[str, Any], role: str, path: str, language: str
) -> None:
    page = open_as(role, language)
    answer = page.goto(path.format(**demo["ids"]) or demo["family_link"])
    assert answer is not None
    assert answer.status == (404 if "no-such" in path else 200)
    assert page.locator("html").get_attribute("lang") == language
    assert faults_of(page, dark=language == "en") == []
