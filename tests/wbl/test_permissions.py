"""Every route says who may open it, and means it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import AnyConverter, BaseConverter, IntegerConverter, Rule

from tests import factories as make
from wbl.accounts.models import Role
from wbl.accounts.permissions import GRANTS, Permission, allows
from wbl.app import create_app

OPEN = {
    "static",
    "accounts.index",
    "accounts.sign_in",
    "accounts.language",
    "employers.join",
    "employers.join_district",
    "employers.joined",
    # The second step of signing in, and links from mails: each guarded by what came before it.
    "accounts.code",
    "accounts.first_codes",
    "accounts.forgot",
    "accounts.invitation",
    "accounts.new_password",
    "accounts.provider",
    "accounts.provider_back",
    # Of credentials: public keys and lists, the page that verifies, and what a student's link guards.
    "credentials.issuer",
    "credentials.key",
    "credentials.key_set",
    "credentials.open_shared",
    "credentials.shared",
    "credentials.shared_as_token",
    "credentials.standing",
    "credentials.status_list",
    "credentials.verify",
    # A calendar by its secret address; what a gateway for texts passes on, signed.
    "calendars.feed",
    "messages.reply",
    # A portfolio, by a link of its student's.
    "portfolio.open_shared",
    "portfolio.shared",
    "portfolio.shared_file",
    "portfolio.shared_resume",
}
"""Routes that anyone may open. Besides: what a token guards (``BY_TOKEN``)."""
BY_TOKEN = (
    "family.",
    "family_agreement.",
    "family_messages.",
    "confirming.",
    "signing.",
    "rating.",
    "hours_link.",
)
"""Pages of families, of an employer that confirms, of whoever signs or rates at a workplace."""


def rules(app: Flask) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if not rule.endpoint.startswith("gallery.")]


def _some(converter: BaseConverter) -> object:
    """A value that an address may hold, and that names nothing where it names a row."""
    if isinstance(converter, IntegerConverter):
        return 999_999
    return min(converter.items) if isinstance(converter, AnyConverter) else "nothing"


def address(rule: Rule) -> str:
    values = {name: _some(converter) for name, converter in rule._converters.items()}
    built = rule.build(values, append_unknown=False)
    assert built is not None
    return built[1]


def test_every_route_is_marked(app: Flask) -> None:
    unmarked = [
        rule.endpoint
        for rule in rules(app)
        if rule.endpoint != "static" and not hasattr(app.view_functions[rule.endpoint], "permission")
    ]
    assert unmarked == []


def test_public_routes_are_the_known_ones(app: Flask) -> None:
    public = {
        rule.endpoint
        for rule in rules(app)
        if getattr(app.view_functions[rule.endpoint], "permission", None) is None
    }
    assert {endpoint for endpoint in public if not endpoint.startswith(BY_TOKEN)} == OPEN


def test_the_gallery_is_for_development_only() -> None:
    app = create_app({"SECRET_KEY": "x", "SQLALCHEMY_DATABASE_URI": "sqlite://", "GALLERY": False})
    assert not [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("gallery.")]


def test_every_permission_is_granted_by_a_predicate() -> None:
    assert set(GRANTS) == set(Permission)


def test_signed_out_visitors_are_asked_to_sign_in(app: Flask, client: FlaskClient) -> None:
    for rule in rules(app):
        view = app.view_functions[rule.endpoint]
        if getattr(view, "permission", None) is None:
            continue
        for method in rule.methods & {"GET", "POST"}:
            answer = client.open(address(rule), method=method)
            assert answer.status_code == 302, (method, rule)
            assert "/sign-in" in answer.headers["Location"], (method, rule)


@pytest.mark.parametrize("role", [role.value for role in Role])
def test_each_role_opens_what_it_may_and_nothing_else(
    app: Flask, sign_in: Callable[..., FlaskClient], role: str
) -> None:
    with make.made():
        district = make.make_district()
        user = {
            "coordinator": lambda: make.make_coordinator(district),
            "student": lambda: make.make_student_user(make.make_student(district)),
            "employer": lambda: make.make_employer_user(make.make_employer(district)),
            "administrator": lambda: make.make_staff(district, Role.ADMINISTRATOR),
            "advisor": lambda: make.make_staff(district, Role.ADVISOR),
            "school_staff": lambda: make.make_staff(
                district, Role.SCHOOL_STAFF, school_id=make.make_school(district).id
            ),
            "program_lead": lambda: make.make_staff(district, Role.PROGRAM_LEAD, program="HEALTH"),
        }[role]()
        actor = make.actor(user)
    browser = sign_in(user)
    for rule in rules(app):
        permission = getattr(app.view_functions[rule.endpoint], "permission", None)
        if permission is None or rule.endpoint == "accounts.sign_out":
            continue
        for method in rule.methods & {"GET", "POST"}:
            status = browser.open(address(rule), method=method).status_code
            if not allows(actor, permission):
                assert status == 403, (role, method, rule, status)
            elif rule.arguments:
                # Missing and foreign objects look the same; a form may be refused first.
                assert status in (404, 422), (role, method, rule, status)
            else:
                assert status in (200, 302, 400, 422), (role, method, rule, status)


def test_a_get_never_writes(
    app: Flask, sign_in: Callable[..., FlaskClient], count_queries: Callable[[], object]
) -> None:
    with make.made():
        browser_user = make.make_coordinator(make.make_district())
    browser = sign_in(browser_user)
    for rule in rules(app):
        if "GET" not in rule.methods or rule.endpoint == "static":
            continue
        with count_queries() as statements:  # type: ignore[attr-defined]
            browser.get(address(rule))
        writes = [text for text in statements if text.split()[0] in ("INSERT", "UPDATE", "DELETE")]
        assert writes == [], (rule, writes)
