"""The catalogue: codes and numbers to words, a file a language.

English and Spanish say everything. The languages that only families read hold what families read:
the way there, lengths of time, adjustments, conditions and the law. What else is asked of them is
said in English.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from matching.eligibility.labor_rules import HoursRule, find_jurisdiction, find_rule
from matching.problem import Window

LANGUAGES = ("en", "es")
FAMILY_LANGUAGES = ("vi", "ar", "zh")
DEFAULT_LANGUAGE = "en"
_COMMAS = {"ar": "، ", "zh": "，"}


def say(language: str, key: str, **values: object) -> str:
    """A sentence of the catalogue, with ``{name}`` filled in.

    Parameters
    ----------
    language
        ``en``, ``es`` (``es-MX`` counts as ``es``) or one of families; any other speaks English.
    key
        A key of ``[sentences]`` or ``[phrases]``.
    values
        What fills the fields; the one that a sentence with two forms names decides the form.

    Raises
    ------
    KeyError
        The catalogue has no such key, or a field is missing.
    """
    text = _sentences(known_language(language))[key]
    if isinstance(text, Mapping):
        form = _form(known_language(language), values[text["by"]])
        text = text.get(form, text["other"])
    return str(text).format_map(values)


def _form(language: str, number: object) -> str:
    """Which form a language gives a number (CLDR's plural categories of whole numbers)."""
    if not isinstance(number, int) or language != "ar":
        return "one" if number == 1 else "other"
    if number < 3:
        return ("zero", "one", "two")[number]
    if number % 100 < 3:
        return "other"
    return "few" if number % 100 <= 10 else "many"


def label(language: str, code: str) -> str:
    """A short name of a code, for tables: it speaks of the student, not to them.

    Known are reasons, reasons of the unplaced, conditions (``arrange:CODE``, ``agreement:HOn``),
    accommodation codes, codes of the labor rules (with their citation), ``part:NAME`` and
    ``language:TAG``. Any other code shows as itself.
    """
    labels = _labels(known_language(language))
    if code in labels:
        return labels[code]
    kind, _, rest = code.partition(":")
    if kind == "arrange" and rest:
        return labels["arrange"].format(what=label(language, rest))
    if kind == "learn":  # of a district's own rubric: its code is what there is
        return rest.replace("_", " ")
    if kind == "law" and find_rule(rest):
        return label(language, rest)
    if kind == "agreement" and find_rule(rest):
        return labels["agreement"].format(what=law_text(language, rest), law=law(language, rest))
    if find_rule(code):
        text = labels["law_rule"].format(what=law_text(language, code), law=law(language, code))
        return text[:1].upper() + text[1:]
    return rest if kind == "language" and rest else code


def accommodation_codes() -> list[str]:
    """The accommodation codes that have a name, sorted; a round may use others."""
    return sorted(catalogue(DEFAULT_LANGUAGE)["accommodations"])


def known_language(language: str) -> str:
    """The catalogue that speaks a language, by its first subtag."""
    first = language.replace("_", "-").split("-")[0].lower()
    return first if first in (*LANGUAGES, *FAMILY_LANGUAGES) else DEFAULT_LANGUAGE


def law(language: str, code: str) -> str:
    """Whose rule it is, and where it stands: "federal rule HO 11, 29 CFR 570.62"."""
    rule = find_rule(code)
    if rule is None:
        return code
    return cited(language, find_jurisdiction(code), rule.citation)


def cited(language: str, jurisdiction: Mapping[str, str], citation: str) -> str:
    """The same for a rule of whatever file: the jurisdiction's name by language, and where it stands."""
    own: Mapping[str, str] = catalogue(known_language(language)).get("jurisdictions", {})
    name = own.get(jurisdiction[DEFAULT_LANGUAGE]) or words_in(jurisdiction, language)
    return say(language, "law", jurisdiction=name, citation=citation)


def words_in(words: Mapping[str, str], language: str) -> str:
    """Words that a file of rules brings: in English where it does not speak the language."""
    return words.get(known_language(language)) or words[DEFAULT_LANGUAGE]


def hours_sentence(code: str) -> str:
    """Which sentence speaks of a breach of a rule about hours: ``law_`` and this.

    Raises
    ------
    KeyError
        No rule that ships has this code, or it is not about hours.
    """
    rule = find_rule(code)
    if not isinstance(rule, HoursRule):
        raise KeyError(code)
    return rule.says


def law_text(language: str, code: str) -> str:
    """What a rule of law is about, in a few words."""
    rule = find_rule(code)
    if rule is None:
        return code
    own: Mapping[str, str] = catalogue(known_language(language)).get("rules", {})
    return own.get(code) or words_in(rule.text, language)


def day_text(language: str, day: date) -> str:
    """A date: "March 3, 2027"."""
    month = _names(language, "months")[day.month - 1]
    return say(language, "date", day=day.day, month=month, year=day.year)


def clock_text(language: str, minutes: int) -> str:
    """A time of day in minutes after midnight: "1:00 pm"; 24:00 is midnight."""
    hour, minute = divmod(minutes % (24 * 60), 60)
    half = "clock_morning" if hour < 12 else "clock_afternoon"
    return say(language, half, hour=(hour - 1) % 12 + 1, hour_of_24=hour, minute=f"{minute:02}")


def duration_text(language: str, minutes: int) -> str:
    """A length of time: "3 hours 30 minutes"."""
    hours, rest = divmod(minutes, 60)
    if not rest:
        return say(language, "hours", count=hours)
    if not hours:
        return say(language, "minutes", count=rest)
    return say(
        language,
        "hours_and_minutes",
        hours=say(language, "hours", count=hours),
        minutes=say(language, "minutes", count=rest),
    )


def window_text(language: str, day: int, start: int, end: int) -> str:
    """A window: "Tuesday 1:00 pm to 4:00 pm", or with its date or its day letter."""
    times = {"start": clock_text(language, start), "end": clock_text(language, end)}
    if day < 0:
        return say(language, "lettered_window", letter=Window(day, start, end).letter, **times)
    weekdays = _names(language, "weekdays")
    if day < 7:
        return say(language, "window", day=weekdays[day], **times)
    on = date.fromordinal(day)
    return say(
        language,
        "dated_window",
        weekday=weekdays[on.weekday()],
        date=day_text(language, on),
        **times,
    )


def list_text(language: str, items: Sequence[str]) -> str:
    """Items in a row: "a, b and c"."""
    if len(items) < 2:
        return "".join(items)
    return say(language, "list", first=comma(language).join(items[:-1]), last=items[-1])


def comma(language: str) -> str:
    """What stands between the items of a row."""
    return _COMMAS.get(known_language(language), ", ")


def ordinal_text(language: str, number: int) -> str | None:
    """ "first" to "tenth"; None beyond."""
    ordinals = _names(language, "ordinals")
    return ordinals[number - 1] if 1 <= number <= len(ordinals) else None


@cache
def catalogue(language: str) -> Mapping[str, Any]:
    """The whole catalogue of a language, as it stands in its file."""
    return tomllib.loads((Path(__file__).parent / f"{language}.toml").read_text("utf-8"))


@cache
def _sentences(language: str) -> Mapping[str, Any]:
    return _merged(language, "sentences", "phrases")


@cache
def _labels(language: str) -> Mapping[str, str]:
    return _merged(language, "labels", "accommodations")


def _merged(language: str, *tables: str) -> Mapping[str, Any]:
    """Some tables as one, over English: a language of families does not say everything."""
    spoken = (DEFAULT_LANGUAGE, language)
    return {
        key: text for one in spoken for table in tables for key, text in catalogue(one).get(table, {}).items()
    }


def _names(language: str, kind: str) -> list[str]:
    spoken = known_language(language)
    names: list[str] = catalogue(spoken if spoken in LANGUAGES else DEFAULT_LANGUAGE)["names"][kind]
    return names
