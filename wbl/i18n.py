"""The language of a page, and dates, times, windows and numbers in it.

Every function here works inside a request and inside ``flask_babel.force_locale`` (letters, mail).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from functools import lru_cache
from gettext import NullTranslations
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time, get_day_names
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent
from flask import Flask, current_app, has_request_context, request, session
from flask_babel import force_locale, get_locale, get_translations
from flask_babel import gettext as _
from flask_login import current_user
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

from matching.messages import duration_text
from matching.problem import Window
from wbl.extensions import babel

# Each by its own name, so that somebody who reads only that language finds it.
LANGUAGE_NAMES = {
    "en": "English",
    "es": "Español",
    "vi": "Tiếng Việt",
    "ar": "العربية",
    "zh_Hans": "简体中文",
}

# The pages behind a family's link: in a language that their district offers, without a role.
FAMILY_BLUEPRINTS = ("family", "family_agreement", "family_messages")

# Numbers, dates and times are written as in the United States where the language is at home there:
# 1,234.5. Of the others CLDR knows no such variant, and a family reads what it is used to.
REGION = "US"
AT_HOME = ("en", "es")

# A day of a month, without its year; and with its weekday.
DAY_OF_MONTH = {"en": "MMMM d", "es": "d 'de' MMMM", "vi": "d MMMM", "ar": "d MMMM", "zh": "M月d日"}
DAY_OF_WEEK = {
    "en": "EEEE, MMMM d",
    "es": "EEEE d 'de' MMMM",
    "vi": "EEEE, d MMMM",
    "ar": "EEEE، d MMMM",
    "zh": "M月d日EEEE",
}
TIME_OF_DAY = {"vi": "H:mm", "zh": "ah:mm"}

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def select_locale() -> str:
    """The reader's language: chosen in this browser, else in the account, else what the browser asks for."""
    offered: tuple[str, ...] = current_app.config["LANGUAGES"]
    default: str = current_app.config["BABEL_DEFAULT_LOCALE"]
    if not has_request_context():
        return default
    if request.blueprint in FAMILY_BLUEPRINTS:
        return _family_locale() or default
    account = getattr(current_user, "locale", None) if current_user else None
    for chosen in (session.get("language"), account):
        if chosen in offered:
            return str(chosen)
    return request.accept_languages.best_match(offered) or default


def _family_locale() -> str | None:
    """A family's language before its link says which: what it chose here, else what the browser asks for."""
    offered: tuple[str, ...] = current_app.config["FAMILY_LANGUAGES"]
    for chosen in ((session.get("family_language") or {}).get("code"), session.get("language")):
        if chosen in offered:
            return str(chosen)
    for tag, _quality in request.accept_languages:
        found = spoken(tag, offered)
        if found is not None:
            return found
    return None


def spoken(tag: str, offered: Iterable[str]) -> str | None:
    """The one of the ``offered`` languages that a BCP 47 tag asks for, or None.

    Whoever asks for Chinese gets simplified characters, unless the tag asks for the traditional
    ones: those read it with effort, so English, which every school speaks, is no worse.
    """
    parts = tag.replace("_", "-").lower().split("-")
    traditional = parts[0] == "zh" and {"hant", "tw", "hk", "mo"} & set(parts)
    if traditional:
        return None
    return next((code for code in offered if code.split("_")[0] == parts[0]), None)


def account_language(locale: str | None) -> str:
    """The language in which an account is written to: the one it chose, where that is (still) offered."""
    default: str = current_app.config["BABEL_DEFAULT_LOCALE"]
    return locale if locale is not None and locale in current_app.config["LANGUAGES"] else default


def formats() -> Locale:
    """The locale that numbers, dates and times of this page are written by."""
    locale = get_locale()
    return Locale(locale.language, REGION) if locale.language in AT_HOME else locale


def page_language() -> str:
    """The language of this page as BCP 47 writes it: ``en``, ``zh-Hans``."""
    return str(get_locale()).replace("_", "-")


def languages() -> dict[str, str]:
    """Code to own name of every language the pages are offered in."""
    return {code: LANGUAGE_NAMES[code] for code in current_app.config["LANGUAGES"]}


def family_languages(offered: Iterable[str], own: str = "") -> dict[str, str]:
    """The same for those that a district offers its families, their own language first."""
    return {code: LANGUAGE_NAMES[code] for code in sorted(offered, key=lambda code: code != own)}


# ---- dates -------------------------------------------------------------------------------------


def day(value: date | datetime | int | str | None, style: str = "long") -> str:
    """A date in words.

    Parameters
    ----------
    value
        A date, an ISO 8601 date, or ``date.toordinal()``. None gives "".
    style
        "long" (January 12, 2027), "weekday" (Tuesday, January 12), "short" (Jan 12, 2027).
    """
    if value is None:
        return ""
    as_date = _date(value)
    locale = formats()
    if style == "weekday":
        return format_date(as_date, DAY_OF_WEEK[locale.language], locale)
    if style == "short" and locale.language == "ar":
        return format_date(as_date, "d MMM y", locale)  # its own is of figures alone, in either order
    return format_date(as_date, {"short": "medium"}.get(style, style), locale)


def days(first: date | None, last: date | None) -> str:
    """A stretch of dates: "January 11 to May 28, 2027"; one bound alone is named as such."""
    if first is None and last is None:
        return ""
    if last is None:
        return _("from %(day)s", day=day(first))
    if first is None:
        return _("until %(day)s", day=day(last))
    if first == last:
        return day(first)
    locale = formats()
    if first.year == last.year:
        opening = format_date(first, DAY_OF_MONTH[locale.language], locale)
        return _("%(from_day)s to %(to_day)s", from_day=opening, to_day=day(last))
    return _("%(from_day)s to %(to_day)s", from_day=day(first), to_day=day(last))


def day_of_month(month: int, number: int) -> str:
    """A date of every year: "June 1"."""
    locale = formats()
    return format_date(date(2000, month, number), DAY_OF_MONTH[locale.language], locale)


def moment(value: datetime | None, timezone: str = "UTC") -> str:
    """An instant at a place: "November 21, 2026, 3:05 pm". Universal time, nobody's own, is named as such."""
    if value is None:
        return ""
    local = value.astimezone(ZoneInfo(timezone))
    words = _("%(day)s, %(time)s", day=day(local.date()), time=clock_time(local.hour * 60 + local.minute))
    return f"{words} UTC" if timezone == "UTC" else words


def local_date(value: datetime, timezone: str) -> date:
    """The date at a place at an instant: in the evening there, UTC has the next day already."""
    return value.astimezone(ZoneInfo(timezone)).date()


def _date(value: date | datetime | int | str) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    return date.fromordinal(value) if isinstance(value, int) else date.fromisoformat(value)


# ---- times and weekly windows --------------------------------------------------------------------


def clock_time(minutes: int | time | str) -> str:
    """A time of day: "1:00 pm", in Spanish "1:00 p.m.". Minutes after midnight, a time or "13:00"."""
    at = _minutes(minutes) % 1440
    locale = formats()
    pattern = TIME_OF_DAY.get(locale.language, "h:mm a")
    text = format_time(time(at // 60, at % 60), pattern, locale=locale)
    # Small letters read calmer, and a time never breaks over two lines.
    return text.replace(" ", "\u00a0").replace("AM", "am").replace("PM", "pm")


def time_range(start: int | time | str, end: int | time | str) -> str:
    """ "1:00 to 4:00 pm"; the half of the day is said once where it is the same."""
    first, last = _minutes(start), _minutes(end)
    opening = clock_time(first)
    if (first < 720) == (last % 1440 < 720) and get_locale().language == "en":
        opening = opening.rsplit("\u00a0", 1)[0]
    return _("%(start)s to %(end)s", start=opening, end=clock_time(last))


def windows(value: str | Iterable[Window] | None) -> str:
    """Windows in words: "Tuesday and Thursday, 1:00 to 4:00 pm".

    Parameters
    ----------
    value
        Windows, or their text in the round format (``Tue 13:00-16:00;Thu 13:00-16:00``). Days with
        the same times are said together, dated windows by their date, those of a day letter of the
        school calendar by that. None or nothing gives "".
    """
    if isinstance(value, str):
        return _windows_of_text(value, str(get_locale()))
    return _windows(list(value or ()))


@lru_cache(maxsize=4096)
def _windows_of_text(value: str, _language: str) -> str:
    """The same few hundred schedules stand on every list of what is offered."""
    return _windows(_parse_windows(value))


def _windows(found: list[Window]) -> str:
    weekly: dict[tuple[int, int], list[int]] = {}
    for window in sorted(w for w in found if w.weekly):
        weekly.setdefault((window.start, window.end), []).append(window.day)
    parts = [
        _("%(days)s, %(times)s", days=_weekdays(on), times=time_range(*times)) for times, on in weekly.items()
    ]
    parts += [
        _("%(days)s, %(times)s", days=_days_of(w), times=time_range(w.start, w.end))
        for w in sorted((w for w in found if not w.weekly), key=lambda w: (abs(w.day), w.start))
    ]
    return "; ".join(parts)


def worked(value: str) -> tuple[int, int]:
    """Minutes of the longest day of a schedule in the round format, and of its week.

    Windows of a day that overlap count twice: a schedule states what is worked, once. Dated and
    lettered windows have no week.
    """
    by_day: dict[int, int] = {}
    for window in _parse_windows(value):
        by_day[window.day] = by_day.get(window.day, 0) + window.end - window.start
    return max(by_day.values(), default=0), sum(m for on, m in by_day.items() if 0 <= on < 7)


def _days_of(window: Window) -> str:
    if window.letter:
        return _("%(letter)s days", letter=window.letter)
    return day(window.day, "weekday")


def day_names() -> list[str]:
    """The days of a week from Monday on, in the page's language."""
    names = get_day_names("wide", locale=formats())
    return [names[index] for index in range(7)]


def _weekdays(on: list[int]) -> str:
    names = get_day_names("wide", locale=formats())
    if len(on) > 2 and on == list(range(on[0], on[-1] + 1)):
        return _("%(first)s to %(last)s", first=names[on[0]], last=names[on[-1]])
    return format_list([names[index] for index in on], locale=formats())


def weekday_name(day: int, short: bool = False) -> str:
    """A day of the week from 0 (Monday): "Monday", short "Mo"."""
    return str(get_day_names("short" if short else "wide", locale=formats())[day]).rstrip(".")


def _parse_windows(text: str) -> list[Window]:
    found = []
    for part in filter(None, (piece.strip() for piece in text.split(";"))):
        label, _space, times = part.partition(" ")
        start, _dash, end = times.partition("-")
        found.append(Window(_day_of(label), _minutes(start), _minutes(end)))
    return found


def _day_of(label: str) -> int:
    """A weekday, a day letter (from -1 for A down) or a date, as :class:`Window` counts it."""
    if label in WEEKDAYS:
        return WEEKDAYS.index(label)
    return ord("A") - 1 - ord(label) if len(label) == 1 else date.fromisoformat(label).toordinal()


def _minutes(value: int | time | str) -> int:
    if isinstance(value, int):
        return value
    if isinstance(value, time):
        return value.hour * 60 + value.minute
    hour, _colon, minute = value.strip().partition(":")
    return int(hour) * 60 + int(minute)


# ---- numbers and lists ----------------------------------------------------------------------------


def number(value: float | None, digits: int = 0) -> str:
    """A number with the grouping of the language; ``digits`` after the point. None gives ""."""
    if value is None:
        return ""
    if digits == 0 and isinstance(value, int) and 0 <= value < 1000:
        return str(value)  # the same in every language here, and most of the numbers of a long table
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    return format_decimal(value, pattern, formats())


def percent(value: float | None, digits: int = 0) -> str:
    """A share of 1 as a percentage. None gives ""."""
    if value is None:
        return ""
    return format_percent(value, "#,##0" + ("." + "0" * digits if digits else "") + "%", formats())


def seconds(value: float | None) -> str:
    """A duration: "0.4 seconds", "12 seconds", "3 min 20 s"."""
    if value is None:
        return ""
    if value >= 60:
        whole = round(value)
        return _("%(minutes)s min %(seconds)s s", minutes=whole // 60, seconds=whole % 60)
    return _("%(count)s seconds", count=number(value, 1 if value < 10 else 0))


def duration(minutes: int) -> str:
    """A length of time: "3 hours 30 minutes"."""
    return duration_text(page_language(), minutes)


def listed(values: Iterable[str]) -> str:
    """ "a, b, and c" in the language."""
    return format_list([str(value) for value in values], locale=formats())


def isolated(value: str) -> str:
    """A number or address for plain text: in its own direction within a line that is read leftwards."""
    return f"\u2068{value}\u2069" if get_locale().text_direction == "rtl" else value


FILTERS = (
    day,
    days,
    moment,
    local_date,
    clock_time,
    time_range,
    weekday_name,
    windows,
    number,
    percent,
    seconds,
    duration,
    listed,
    isolated,
)


class Words(dict[str, Markup]):
    """A language's words by the English ones, marked as safe for a page, each looked up once."""

    def __init__(self, catalog: NullTranslations) -> None:
        super().__init__()
        self._catalog = catalog

    def __missing__(self, english: str) -> Markup:
        words = self[english] = Markup(self._catalog.gettext(english))
        return words


WORDS: dict[Locale, Words] = {}


@pass_eval_context
def page_words(context: EvalContext, english: str, **values: object) -> str:
    """What a template means by ``_``: as Flask-Babel's, which takes a tenth of the time of a long list."""
    locale = get_locale()
    known = WORDS.get(locale)
    if known is None:
        known = WORDS[locale] = Words(get_translations())
    words = known[english]
    if not context.autoescape:
        return str(words) % values
    return words % values if values or "%" in words else words


def init_i18n(app: Flask) -> None:
    """Choose the language of each request, and give templates the filters, ``locale`` and ``languages``."""
    babel.init_app(app, locale_selector=select_locale)
    for function in FILTERS:
        app.add_template_filter(function)
    # Globals, not a context processor: imported macros see them too.
    app.jinja_env.globals.update(
        page_locale=get_locale,
        weekday_codes=WEEKDAYS,
        page_language=page_language,
        languages=languages,
        family_languages=family_languages,
        force_locale=force_locale,
        _=page_words,
    )

    @app.context_processor
    def language_of_page() -> dict[str, object]:
        return {"locale": get_locale()}
