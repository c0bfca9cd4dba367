"""Every message has a translation, with the same placeholders, and the compiled catalog is current."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest
from flask import Flask, session
from flask_babel import force_locale, ngettext

from matching.problem import Window
from wbl import i18n, translations

FAMILY = ("en", "es", "vi", "ar", "zh_Hans")
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%%|</?\w+")


def forms(text: str | tuple[str, ...] | list[str]) -> list[str]:
    return [text] if isinstance(text, str) else list(text)


@pytest.fixture(scope="module")
def template() -> translations.Catalog:
    return translations.extract()


@pytest.mark.parametrize("language", translations.ALL_LANGUAGES)
def test_every_message_of_the_sources_is_translated(language: str, template: translations.Catalog) -> None:
    catalog = translations.read(language)
    untranslated = []
    for source in translations.messages(translations.template_of(language, template)):
        message = catalog.get(source.id, source.context)
        if message is None or not translations.translated(message):
            untranslated.append(f"{source.locations[0][0]}: {translations.source_text(source)!r}")
    assert not untranslated, "run script/translations and fill in:\n" + "\n".join(untranslated)


@pytest.mark.parametrize("language", translations.ALL_LANGUAGES)
def test_placeholders_and_tags_survive_translation(language: str) -> None:
    faults = []
    for message in filter(translations.translated, translations.messages(translations.read(language))):
        # A plural may spell out "one" instead of the number, so forms are compared with the richest.
        wanted = max((Counter(PLACEHOLDER.findall(form)) for form in forms(message.id)), key=Counter.total)
        for form in forms(message.string):
            found = Counter(PLACEHOLDER.findall(form))
            if found - wanted or (len(forms(message.id)) == 1 and found != wanted):
                faults.append(f"{translations.source_text(message)!r} -> {form!r}")
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("language", translations.ALL_LANGUAGES)
def test_the_compiled_catalog_is_current(language: str) -> None:
    catalog = translations.read(language)
    compiled = translations.po_path(language).with_suffix(".mo").read_bytes()
    assert compiled == translations.compiled(catalog), "run script/translations and commit the .mo"


def test_an_update_adds_what_is_new_drops_what_is_gone_and_keeps_the_rest(tmp_path: Path) -> None:
    template = translations.Catalog(charset="utf-8", fuzzy=False)
    template.add("kept")
    template.add("gone")
    translations.update("es", template, tmp_path)
    path = translations.po_path("es", tmp_path)
    path.write_text(path.read_text().replace('msgid "kept"\nmsgstr ""', 'msgid "kept"\nmsgstr "queda"'))
    later = translations.Catalog(charset="utf-8", fuzzy=False)
    later.add("kept")
    later.add("keep")
    updated = translations.update("es", later, tmp_path)
    assert (updated.total, updated.missing) == (2, ("keep",))
    catalog = translations.read("es", tmp_path)
    assert [(m.id, m.string) for m in translations.messages(catalog)] == [("kept", "queda"), ("keep", "")]
    unchanged = path.read_bytes()
    translations.update("es", later, tmp_path)
    assert path.read_bytes() == unchanged


@pytest.fixture
def pages() -> Flask:
    """Languages alone, without a database: what i18n needs of the application."""
    app = Flask("wbl")
    app.config.update(
        SECRET_KEY="for tests only",
        LANGUAGES=("en", "es"),
        FAMILY_LANGUAGES=FAMILY,
        BABEL_DEFAULT_LOCALE="en",
    )
    app.extensions["login_manager"] = None
    i18n.init_i18n(app)
    return app


@pytest.mark.parametrize(
    ("accept", "chosen", "expected"),
    [
        ("es-MX,es;q=0.9,en;q=0.5", None, "es"),
        ("fr", None, "en"),
        ("", None, "en"),
        ("es", "en", "en"),
        ("en", "es", "es"),
        ("en", "xx", "en"),
    ],
)
def test_the_language_is_the_chosen_one_else_what_the_browser_asks_for(
    pages: Flask, monkeypatch: pytest.MonkeyPatch, accept: str, chosen: str | None, expected: str
) -> None:
    monkeypatch.setattr(i18n, "current_user", None)
    with pages.test_request_context(headers={"Accept-Language": accept}):
        if chosen:
            session["language"] = chosen
        assert i18n.select_locale() == expected


def test_outside_a_request_the_language_is_the_default(pages: Flask) -> None:
    with pages.app_context():
        assert i18n.select_locale() == "en"


WEEKLY = "Thu 13:00-16:00;Tue 13:00-16:00"


@pytest.mark.parametrize(
    ("value", "english", "spanish"),
    [
        (WEEKLY, "Tuesday and Thursday, 1:00 to 4:00 pm", "martes y jueves, de 1:00 p.m. a 4:00 p.m."),
        (
            "Mon 09:00-16:00;Tue 09:00-16:00;Wed 09:00-16:00;Fri 08:00-11:30",
            "Monday to Wednesday, 9:00 am to 4:00 pm; Friday, 8:00 to 11:30 am",
            "lunes a miércoles, de 9:00 a.m. a 4:00 p.m.; viernes, de 8:00 a.m. a 11:30 a.m.",
        ),
        (
            (Window(date(2027, 1, 14).toordinal(), 540, 900),),
            "Thursday, January 14, 9:00 am to 3:00 pm",
            "jueves 14 de enero, de 9:00 a.m. a 3:00 p.m.",
        ),
        (
            "A 13:00-15:00;B 13:00-15:00",
            "A days, 1:00 to 3:00 pm; B days, 1:00 to 3:00 pm",
            "días A, de 1:00 p.m. a 3:00 p.m.; días B, de 1:00 p.m. a 3:00 p.m.",
        ),
        ((Window(5, 1200, 1440),), "Saturday, 8:00 pm to 12:00 am", "sábado, de 8:00 p.m. a 12:00 a.m."),
        (None, "", ""),
    ],
)
def test_windows_in_words(pages: Flask, value: object, english: str, spanish: str) -> None:
    for language, expected in (("en", english), ("es", spanish)):
        with pages.app_context(), force_locale(language):
            assert i18n.windows(value).replace("\u00a0", " ") == expected  # type: ignore[arg-type]


def test_dates_and_numbers_in_words(pages: Flask) -> None:
    start, end = date(2027, 1, 11), date(2027, 5, 28)
    instant = datetime(2026, 11, 21, 21, 5, tzinfo=UTC)
    expected = {
        "en": (
            "January 11, 2027",
            "Monday, January 11",
            "January 11 to May 28, 2027",
            "1:30 to 2:00 pm",
            "November 21, 2026, 3:05 pm",
            "1,234.5",
            "93%",
        ),
        "es": (
            "11 de enero de 2027",
            "lunes 11 de enero",
            "11 de enero al 28 de mayo de 2027",
            "de 1:30 p.m. a 2:00 p.m.",
            "21 de noviembre de 2026, 3:05 p.m.",
            "1,234.5",
            "93%",
        ),
    }
    for language, words in expected.items():
        with pages.app_context(), force_locale(language):
            found = (
                i18n.day(start),
                i18n.day("2027-01-11", "weekday"),
                i18n.days(start, end),
                i18n.time_range("13:30", time(14)),
                i18n.moment(instant, "America/Chicago"),
                i18n.number(1234.5, 1),
                i18n.percent(0.93),
            )
            assert tuple(word.replace("\u00a0", " ") for word in found) == words


def test_plurals_follow_the_language(pages: Flask) -> None:
    with pages.app_context(), force_locale("es"):
        one = ngettext("There is %(num)s thing to fix", "There are %(num)s things to fix", 1)
        two = ngettext("There is %(num)s thing to fix", "There are %(num)s things to fix", 2)
    assert one != two
    assert "2" in two


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "vi",
            ("11 tháng 1, 2027", "Thứ Hai, 11 tháng 1", "11 tháng 1 đến 28 tháng 5, 2027", "13:30 đến 14:00"),
        ),
        (
            "ar",
            ("11 يناير 2027", "الاثنين، 11 يناير", "11 يناير إلى 28 مايو 2027", "من 1:30 م إلى 2:00 م"),
        ),
        (
            "zh_Hans",
            ("2027年1月11日", "1月11日星期一", "1月11日至2027年5月28日", "下午1:30至下午2:00"),
        ),
    ],
)
def test_dates_and_times_as_families_read_them(
    pages: Flask, language: str, expected: tuple[str, ...]
) -> None:
    start, end = date(2027, 1, 11), date(2027, 5, 28)
    with pages.app_context(), force_locale(language):
        found = (
            i18n.day(start),
            i18n.day(start, "weekday"),
            i18n.days(start, end),
            i18n.time_range("13:30", time(14)),
        )
        assert tuple(word.replace("\u00a0", " ") for word in found) == expected
        assert i18n.page_language() == language.replace("_", "-")


@pytest.mark.parametrize(("number", "form"), [(1, "أمر واحد"), (2, "أمران"), (3, "3 أمور"), (11, "11 أمرًا")])
def test_arabic_has_its_own_plurals(pages: Flask, number: int, form: str) -> None:
    with pages.app_context(), force_locale("ar"):
        assert form in ngettext("There is %(num)s thing to fix", "There are %(num)s things to fix", number)


def test_a_named_message_that_is_gone_is_noticed() -> None:
    with pytest.raises(KeyError, match="Skip to content"):
        translations.template_of("vi", translations.Catalog(charset="utf-8", fuzzy=False))
