"""Pages and style sheets travel packed to whoever can unpack them."""

from __future__ import annotations

import brotli  # type: ignore[import-untyped]  # has no types
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse


@pytest.fixture
def plain_client(app: Flask) -> FlaskClient:
    """Without the checks of pages that other tests' client makes: they read what is packed as text."""
    return FlaskClient(app, TestResponse)


@pytest.mark.parametrize("path", ["/sign-in", "/static/css/components.css"])
def test_what_is_packed_is_the_same_and_smaller(plain_client: FlaskClient, path: str) -> None:
    with plain_client.get(path) as plain, plain_client.get(path, headers={"Accept-Encoding": "br"}) as packed:
        assert "Content-Encoding" not in plain.headers
        assert packed.headers["Content-Encoding"] == "br"
        assert "Accept-Encoding" in packed.headers["Vary"]
        assert len(packed.data) < len(plain.data) / 2
        if path.startswith("/static"):  # a page holds tokens of its own
            assert brotli.decompress(packed.data) == plain.data


def test_a_style_sheet_that_is_kept_is_not_sent_again(plain_client: FlaskClient) -> None:
    path = "/static/css/components.css"
    with plain_client.get(path, headers={"Accept-Encoding": "br"}) as first:
        kept = {"Accept-Encoding": "br", "If-None-Match": first.headers["ETag"]}
    with plain_client.get(path, headers=kept) as again:
        assert again.status_code == 304
