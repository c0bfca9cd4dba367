"""The checking test client: every HTML answer of every test is held to the rules of a good page.

Parsing as a browser does is slow in Python. So a page is not parsed again that has been found good in the
same process and is the same but for its numbers, as most are on the second database (``shape_of``).
"""

from __future__ import annotations

import hashlib
import re
from typing import Any
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

import html5lib
from flask import Flask, has_app_context
from flask.testing import FlaskClient
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import RequestRedirect
from werkzeug.test import TestResponse

from wbl.db import db

UNLABELLED_INPUTS = {"hidden", "submit", "button", "image", "reset"}
CONTENT_ATTRIBUTES = ("aria-label", "aria-labelledby", "title")


def text_of(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


def without_tokens(html: str) -> str:
    """The page without its forms' tokens: in those any few letters may occur, as in a name of three."""
    return re.sub(r'(name="csrf_token"[^>]* value=)"[^"]+"', r"\1", html)


def parse(html: str) -> Element:
    """The page as a tree, parsed as a browser does; a parse error is a fault."""
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    tree: Element = parser.parse(html)
    # Numeric hints in SVG and the like are no errors of ours: only structure counts.
    faults = [f"line {where[0]}: {code} {data}" for where, code, data in parser.errors]
    assert not faults, f"malformed HTML: {faults[:5]}"
    return tree


def _check_names(tree: Element) -> list[str]:
    faults = []
    root = tree if tree.tag == "html" else tree.find("html")
    if root is None or not root.get("lang"):
        faults.append("<html> has no lang")
    title = tree.find(".//head/title")
    if title is None or not text_of(title):
        faults.append("no <title>")
    headings = [text_of(heading) for heading in tree.iter("h1")]
    if len(headings) != 1 or not headings[0]:
        faults.append(f"one <h1> wanted, found {headings}")
    if len(list(tree.iter("main"))) != 1:
        faults.append("one <main> wanted")
    return faults


def _check_ids(tree: Element) -> list[str]:
    faults = []
    ids = [element.get("id") for element in tree.iter() if element.get("id")]
    twice = sorted({name for name in ids if ids.count(name) > 1 and name})
    if twice:
        faults.append(f"ids used twice: {twice}")
    for element in tree.iter():
        for attribute in ("aria-describedby", "aria-labelledby", "aria-controls", "for", "headers"):
            for name in (element.get(attribute) or "").split():
                if name not in ids:
                    faults.append(f"{attribute}={name!r} points nowhere")
        href = element.get("href") or ""
        if href.startswith("#") and len(href) > 1 and href[1:] not in ids:
            faults.append(f"href={href!r} points nowhere")
    return faults


def _check_fields(tree: Element) -> list[str]:
    faults = []
    labelled = {label.get("for") for label in tree.iter("label")}
    wrapped = {
        id(field)
        for label in tree.iter("label")
        for field in label.iter()
        if field.tag in ("input", "select", "textarea")
    }
    for field in tree.iter():
        if field.tag not in ("input", "select", "textarea"):
            continue
        if field.tag == "input" and field.get("type") in UNLABELLED_INPUTS:
            continue
        named = field.get("id") in labelled or id(field) in wrapped
        if not named and not any(field.get(name) for name in CONTENT_ATTRIBUTES):
            faults.append(f"field without a label: {field.attrib}")
    for control in tree.iter():
        if control.tag not in ("a", "button") or (control.tag == "a" and not control.get("href")):
            continue
        if not text_of(control) and not any(control.get(name) for name in CONTENT_ATTRIBUTES):
            faults.append(f"{control.tag} without a name: {control.attrib}")
    for image in tree.iter("img"):
        if image.get("alt") is None:
            faults.append(f"img without alt: {image.get('src')}")
    return faults


def _check_policy(tree: Element) -> list[str]:
    faults = []
    for element in tree.iter():
        if not isinstance(element.tag, str):
            continue
        for name in element.attrib:
            if name == "style" or name.startswith("on"):
                faults.append(f"<{element.tag} {name}=…> is refused by the content security policy")
        if element.tag == "style" or (element.tag == "script" and not element.get("src")):
            faults.append(f"inline <{element.tag}> is refused by the content security policy")
        for name in ("src", "href"):
            value = element.get(name) or ""
            if element.tag in ("script", "link", "img") and urlsplit(value).netloc:
                faults.append(f"external file: {value}")
    return faults


def _check_actions(tree: Element, app: Flask, path: str) -> list[str]:
    faults = []
    urls = app.url_map.bind("localhost")
    targets = [
        (form.get("action") or path, (form.get("method") or "get").upper()) for form in tree.iter("form")
    ]
    targets += [(link.get("href") or "", "GET") for link in tree.iter("a")]
    for target, method in targets:
        parts = urlsplit(target)
        if parts.scheme or parts.netloc or not parts.path:
            continue
        try:
            urls.match(parts.path, method=method)
        except RequestRedirect:
            pass
        except (NotFound, MethodNotAllowed):
            faults.append(f"{method} {target} goes nowhere")
    return faults


def faults_of(html: str, app: Flask, path: str) -> list[str]:
    """Every rule that this page breaks, in words."""
    tree = parse(html)
    return [
        *_check_names(tree),
        *_check_ids(tree),
        *_check_fields(tree),
        *_check_policy(tree),
        *_check_actions(tree, app, path),
    ]


_good: set[bytes] = set()
"""The shapes of pages that this process has found good."""


def shape_of(html: str, path: str) -> bytes:
    """The same for pages that differ in nothing but their numbers and tokens, so that a rule holds for all.

    Each number is called by when it first stands there: ids that are used twice or point nowhere differ from
    those that are unique and point somewhere.
    """
    names: dict[str, str] = {}
    text = re.sub(
        r"[0-9]+", lambda found: names.setdefault(found[0], f"{len(names)}"), f"{path} {without_tokens(html)}"
    )
    return hashlib.sha256(text.encode()).digest()


class CheckingClient(FlaskClient):
    """Flask's test client, which fails on a page that breaks a rule."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        # In a context of its own, as on a server: who is signed in, the language and the rows that
        # one request has loaded must not reach the next one, nor those of the test.
        if has_app_context():
            db.session.rollback()
        with self.application.app_context():
            response = super().open(*args, **kwargs)
        if response.mimetype == "text/html" and not 300 <= response.status_code < 400:
            path, html = response.request.path, response.get_data(as_text=True)
            shape = shape_of(html, path)
            if shape not in _good:
                faults = faults_of(html, self.application, path)
                assert not faults, f"{response.request.method} {path}: {faults}"
                _good.add(shape)
        return response
