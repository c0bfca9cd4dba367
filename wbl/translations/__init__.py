"""The translations of code and templates: ``<language>/LC_MESSAGES/messages.po`` and its compiled ``.mo``.

``script/translations`` brings every catalog up to date with the sources and compiles it. A message
that is new comes up empty, one that is gone is dropped: nothing is guessed, so nothing is fuzzy.

Spanish holds every message, those of the engine about files among them. The languages of families
hold what their pages, letters and mail say: every message of ``FAMILY_FILES``, and of the files that
they share with other pages those of ``FAMILY_SHARED``. A test renders families' pages in each and
finds what is left in English.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
LANGUAGES = ("es",)  # the sources are in English
FAMILY_LANGUAGES = ("vi", "ar", "zh_Hans")
ALL_LANGUAGES = (*LANGUAGES, *FAMILY_LANGUAGES)
FAMILY_FILES = (
    "templates/agreements/family.html",
    "templates/agreements/parts.html",
    "templates/components/consent.html",
    "templates/components/contact.html",
    "templates/components/placement.html",
    "templates/emails/answer.txt",
    "templates/emails/credential.txt",
    "templates/emails/end.txt",
    "templates/emails/letter.txt",
    "templates/emails/paperwork_family.txt",
    "templates/emails/withdrawn.txt",
    "templates/family/",
    "templates/letters/ended.html",
    "templates/letters/agreement.html",
    "templates/letters/letter.html",
    "templates/letters/slip.html",
    "templates/messages/family.html",
    "templates/messages/parts.html",
    "wbl/agreements/clauses.py",
    "wbl/agreements/document.py",
    "wbl/agreements/family_mail.py",
    "wbl/agreements/family_routes.py",
    "wbl/agreements/page.py",
    "wbl/agreements/signing_forms.py",
    "wbl/agreements/words.py",
    "wbl/calendars/feeds.py",
    "wbl/credentials/mails.py",
    "wbl/family/",
    "wbl/i18n.py",
    "wbl/letters/answer_mail.py",
    "wbl/letters/content.py",
    "wbl/letters/ending.py",
    "wbl/messages/family_routes.py",
    "wbl/messages/own_forms.py",
    "wbl/messages/own_routes.py",
    "wbl/messages/texting.py",
)
FAMILY_SHARED = (
    # templates/base.html and the macros of forms, language and summary
    "Skip to content",
    "Language",
    "Error:",
    "There is %(num)s thing to fix",
    "Not given",
    "(optional)",
    # wbl/labels.py
    "May they know that the student is %(student)s?",
    "May they be told to prepare this: %(adjustment)s?",
    "The name: %(student)s",
    "This adjustment: %(adjustment)s",
    # wbl/placements/forms.py and consents.py
    "Yes, they may be told",
    "No",
    "Choose yes or no.",
    "Your full name, as your signature",
    "Type your full name: it is your signature.",
    "Answer yes or no to each question.",
    "Somebody else in the family answers this.",
    # Of a guardian's calendar.
    "Cancelled",
    "First day: %(where)s",
    "Last day: %(where)s",
    "Placements and dates",
    # wbl/agreements/signing.py, contacts.py and advancing.py
    "This was signed already. Load the page again to see it.",
    "The student has not accepted this place, so there is nothing to sign yet.",
    "This placement is in force no more: there is nothing to do for it.",
    "Name one person at least, and three at most.",
    "Enter the name.",
    "Enter a phone number, with the area code.",
    # wbl/opportunities/words.py
    "Is it clear to both sides that nothing is paid?",
    "Do students get training much like that of a school?",
    "Is it tied to their schooling, by coursework or by credit?",
    "Does it fit around their school year?",
    "Does it last only as long as they learn something useful?",
    "Does it add to the work of paid employees, and not replace it?",
    "Is it clear that no paid job is promised at the end?",
    # wbl/letters/services.py
    "A letter from %(district)s",
)
KEYWORDS = {**DEFAULT_KEYWORDS, "_l": None, "lazy_gettext": None, "lazy_ngettext": (1, 2)}
# The engine knows of no catalogue: it marks the templates of its messages (matching/said.py).
SOURCES: dict[str, dict[str, Any]] = {
    "wbl": KEYWORDS,
    "templates": KEYWORDS,
    "matching": {"said": None, "to_say": None},
}
HEADER = """\
# Pages of Throughline. "tú" for students, "usted" for families and everybody else.
# Brought up to date by script/translations: fill in msgstr, then run it again to compile."""


@dataclass(frozen=True, slots=True)
class Updated:
    """What an update of one catalog found: its size, and the messages that wait for a translation."""

    language: str
    total: int
    missing: tuple[str, ...]


def extract(root: Path = ROOT) -> Catalog:
    """Every message of the sources, with the files (not the lines, which move) that it stands in."""
    with (root / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file, filename="babel.cfg")
    template = Catalog(charset="utf-8", fuzzy=False)
    for source, keywords in SOURCES.items():
        found = extract_from_dir(
            root / source,
            [(pattern.removeprefix(f"{source}/"), method) for pattern, method in methods],
            {pattern.removeprefix(f"{source}/"): value for pattern, value in options.items()},
            keywords=keywords,
            comment_tags=("Translators:",),
        )
        for name, line, message, comments, context in found:
            place = [(f"{source}/{name}", line)]
            template.add(message, None, place, auto_comments=comments, context=context)
    return template


def template_of(language: str, template: Catalog) -> Catalog:
    """The part of ``template`` that a language holds: everything, or what families read.

    Raises
    ------
    KeyError
        A message that is named in ``FAMILY_SHARED`` is in no source any more.
    """
    if language not in FAMILY_LANGUAGES:
        return template
    part = Catalog(charset="utf-8", fuzzy=False)
    missing = set(FAMILY_SHARED)
    for message in messages(template):
        text = source_text(message)
        files = [name for name, _line in message.locations]
        if text in FAMILY_SHARED or any(name.startswith(FAMILY_FILES) for name in files):
            part.add(message.id, None, message.locations, auto_comments=message.auto_comments)
            missing.discard(text)
    if missing:
        raise KeyError(f"FAMILY_SHARED names what no source says any more: {sorted(missing)}")
    return part


def read(language: str, folder: Path = HERE) -> Catalog:
    """The catalog of a language as it lies in the folder; an empty one where there is none yet."""
    path = po_path(language, folder)
    if not path.exists():
        return Catalog(
            locale=language,
            header_comment=HEADER,
            project="Throughline",
            version="1",
            msgid_bugs_address="none",
            last_translator="none",
            language_team="Throughline",
            charset="utf-8",
            fuzzy=False,
        )
    with path.open("rb") as file:
        return read_po(file, locale=language)


def update(language: str, template: Catalog, folder: Path = HERE) -> Updated:
    """Bring a catalog up to date with ``template`` and compile it."""
    catalog = read(language, folder)
    template = template_of(language, template)
    # Dates would make every run a change.
    template.creation_date = catalog.creation_date
    catalog.update(template, no_fuzzy_matching=True)
    catalog.obsolete.clear()
    path = po_path(language, folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalog, width=100, include_lineno=False, sort_by_file=True, ignore_obsolete=True)
    path.with_suffix(".mo").write_bytes(compiled(catalog))
    missing = tuple(source_text(message) for message in messages(catalog) if not translated(message))
    return Updated(language, len(list(messages(catalog))), missing)


def compiled(catalog: Catalog) -> bytes:
    """The bytes of the ``.mo`` file."""
    buffer = BytesIO()
    write_mo(buffer, catalog)
    return buffer.getvalue()


def po_path(language: str, folder: Path = HERE) -> Path:
    return folder / language / "LC_MESSAGES" / "messages.po"


def messages(catalog: Catalog) -> list[Message]:
    """The messages of a catalog without its header."""
    return [message for message in catalog if message.id]


def translated(message: Message) -> bool:
    """Whether every form of the message has a translation that is no guess."""
    forms = message.string if isinstance(message.string, tuple | list) else (message.string,)
    return all(forms) and not message.fuzzy


def source_text(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]
