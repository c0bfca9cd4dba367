"""The language of a page, and dates, times, windows and numbers in it.

Every function here works inside a request and inside ``flask_babel.force_locale`` (letters, mail).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time, get_day_names
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent
from flask import Flask, current_app, has_request_context, request, session
from flask_babel import force_locale, get_locale
from flask_babel import gettext as _
from flask_login import current_user

from matching.problem import Window
from wbl.extensions import babel

# Each by its own name, so that somebody who reads only that language finds it.
LANGUAGE_NAMES = {"en": "English", "es": "Español"}

# Numbers, dates and times are written as in the United States in either language: 1,234.5.
REGION = "US"

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def select_locale() -> str:
    """The reader's language: chosen in this browser, else in the account, else what the browser asks for."""
    offered: tuple[str, ...] = current_app.config["LANGUAGES"]
    default: str = current_app.config["BABEL_DEFAULT_LOCALE"]
    if not has_request_context():
        return default
    account = getattr(current_user, "locale", None) if current_user else None
    for chosen in (session.get("language"), account):
        if chosen in offered:
            return str(chosen)
    return request.accept_languages.best_match(offered) or default


def formats() -> Locale:
    """The locale that numbers, dates and times of this page are written by."""
    return Locale(get_locale().language, REGION)


def languages() -> dict[str, str]:
    """Code to own name of every language the pages are offered in."""
    return {code: LANGUAGE_NAMES[code] for code in current_app.config["LANGUAGES"]}


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
        pattern = "EEEE, MMMM d" if locale.language == "en" else "EEEE d 'de' MMMM"
        return format_date(as_date, pattern, locale)
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
        pattern = "MMMM d" if locale.language == "en" else "d 'de' MMMM"
        return _("%(first)s to %(last)s", first=format_date(first, pattern, locale), last=day(last))
    return _("%(first)s to %(last)s", first=day(first), last=day(last))


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
    text = format_time(time(at // 60, at % 60), "h:mm a", locale=formats())
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
        the same times are said together, dated windows by their date. None or nothing gives "".
    """
    found = _parse_windows(value) if isinstance(value, str) else list(value or ())
    weekly: dict[tuple[int, int], list[int]] = {}
    for window in sorted(w for w in found if w.weekly):
        weekly.setdefault((window.start, window.end), []).append(window.day)
    parts = [
        _("%(days)s, %(times)s", days=_weekdays(on), times=time_range(*times)) for times, on in weekly.items()
    ]
    parts += [
        _("%(days)s, %(times)s", days=day(w.day, "weekday"), times=time_range(w.start, w.end))
        for w in sorted(w for w in found if not w.weekly)
    ]
    return "; ".join(parts)


def _weekdays(on: list[int]) -> str:
    names = get_day_names("wide", locale=formats())
    if len(on) > 2 and on == list(range(on[0], on[-1] + 1)):
        return _("%(first)s to %(last)s", first=names[on[0]], last=names[on[-1]])
    return format_list([names[index] for index in on], locale=formats())


def _parse_windows(text: str) -> list[Window]:
    found = []
    for part in filter(None, (piece.strip() for piece in text.split(";"))):
        label, _space, times = part.partition(" ")
        start, _dash, end = times.partition("-")
        at = WEEKDAYS.index(label) if label in WEEKDAYS else date.fromisoformat(label).toordinal()
        found.append(Window(at, _minutes(start), _minutes(end)))
    return found


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


def listed(values: Iterable[str]) -> str:
    """ "a, b, and c" in the language."""
    return format_list([str(value) for value in values], locale=formats())


FILTERS = (day, days, moment, local_date, clock_time, time_range, windows, number, percent, seconds, listed)


def init_i18n(app: Flask) -> None:
    """Choose the language of each request, and give templates the filters, ``locale`` and ``languages``."""
    babel.init_app(app, locale_selector=select_locale)
    for function in FILTERS:
        app.add_template_filter(function)
    # Globals, not a context processor: imported macros see them too.
    app.jinja_env.globals.update(page_locale=get_locale, languages=languages, force_locale=force_locale)

    @app.context_processor
    def language_of_page() -> dict[str, object]:
        return {"locale": get_locale()}
