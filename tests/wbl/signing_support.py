"""Signing in by the form, and whether a browser is signed in."""

from __future__ import annotations

from flask.testing import FlaskClient
from werkzeug.test import TestResponse


def attempt(browser: FlaskClient, email: str, password: str, **more: str) -> TestResponse:
    return browser.post("/sign-in", data={"email": email, "password": password, **more})


def is_in(browser: FlaskClient) -> bool:
    return browser.get("/account").status_code == 200
