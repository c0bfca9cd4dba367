"""What the engine says about files, in the language of the page.

A message is kept in English with its template and its values, and translated when it is shown: who
reads it may read another language than who uploaded the files.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import get_locale, gettext

from matching.messages import DEFAULT_LANGUAGE, label
from matching.said import Label, Said

Kept = Mapping[str, Any]
_FIELD = re.compile(r"\{\w*[^}]*\}")


def kept(message: str) -> dict[str, Any]:
    """A message as JSON: its English, and where it is the engine's own also what it is made of."""
    if isinstance(message, Label):
        return {"message": message, "code": message.code}
    if not isinstance(message, Said):
        return {"message": message}
    values = {
        name: kept(value) if isinstance(value, Said | Label) else value
        for name, value in message.values.items()
    }
    return {"message": message, "template": message.template, "values": values}


def changed(told: Kept, change: Callable[[str], str]) -> dict[str, Any]:
    """A kept message with its English changed, and each text among its values."""
    found = {**told, "message": change(told["message"])}
    if "values" in told:
        found["values"] = {name: _changed(value, change) for name, value in told["values"].items()}
    return found


def _changed(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, Mapping):
        return changed(value, change)
    return change(value) if isinstance(value, str) else value


def engine_words(told: Any) -> str | None:
    """A message that was kept, or that of a fault, in the language of the page.

    None where it has no translation: it is English then, or it is none of the engine's.
    """
    found = told if isinstance(told, Mapping) else kept(getattr(told, "message", str(told)))
    language = str(getattr(get_locale(), "language", DEFAULT_LANGUAGE))
    return str(found["message"]) if language == DEFAULT_LANGUAGE else _translated(found, language)


def _translated(found: Kept, language: str) -> str | None:
    if "code" in found:
        return label(language, found["code"])
    if "template" not in found:
        return None
    template = found["template"]
    # What only puts others in a row reads the same in every language.
    own = gettext(template) if re.search(r"\w", _FIELD.sub("", template)) else None
    if own == template:
        return None
    return (own or template).format(
        **{name: _value(value, language) for name, value in found["values"].items()}
    )


def _value(value: Any, language: str) -> Any:
    if not isinstance(value, Mapping):
        return value
    translated = _translated(value, language)
    return value["message"] if translated is None else translated


FILTERS = (engine_words,)
