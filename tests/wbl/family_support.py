"""What tests of families' pages share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask.testing import FlaskClient
from flask_babel import Domain, get_domain, get_locale
from markupsafe import Markup

from tests.wbl.rounds_support import GUARDIANS
from wbl import i18n

YES = {"answer_0": "yes", "answer_1": "yes", "answer_2": "yes", "signed_name": "Rosa Castillo"}


def read_in(language: str) -> dict[str, str]:
    """Every answer yes, signed on a page in this language."""
    return {**YES, "read_in": language}


def guardians_reading(tag: str) -> str:
    """guardians.csv in which Ana's mother reads another language."""
    return GUARDIANS.replace("rosa@home.example,,es,yes,yes", f"rosa@home.example,,{tag},yes,yes")


def opened(client: FlaskClient, token: str) -> str:
    """Through the page before the letter, as a person does."""
    assert client.post(f"/f/{token}/open").status_code == 302
    answer = client.get(f"/f/{token}")
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


@contextmanager
def untranslated(patch: pytest.MonkeyPatch) -> Iterator[set[str]]:
    """Every message that was asked for meanwhile and that the page's language does not hold."""
    missing: set[str] = set()
    one, many = Domain.gettext, Domain.ngettext

    def note(domain: Domain, text: str) -> None:
        known = domain.get_translations()._catalog
        if str(get_locale()) != "en" and text not in known and (text, 0) not in known:
            missing.add(text)

    def gettext(domain: Domain, text: str, **values: object) -> str:
        note(domain, text)
        return one(domain, text, **values)

    def ngettext(domain: Domain, singular: str, plural: str, num: int, **values: object) -> str:
        note(domain, singular)
        return many(domain, singular, plural, num, **values)

    def in_template(words: i18n.Words, english: str) -> Markup:
        note(get_domain(), english)
        return in_page(words, english)

    in_page = i18n.Words.__missing__
    with patch.context() as during:
        during.setattr(Domain, "gettext", gettext)
        during.setattr(Domain, "ngettext", ngettext)
        during.setattr(i18n, "WORDS", {})  # each word is looked up once: again from here on
        during.setattr(i18n.Words, "__missing__", in_template)
        yield missing
