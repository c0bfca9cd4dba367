"""Ed-Fi interchange files (XML): organisations, students, their schools, their contacts.

Read element by element with defusedxml, which refuses entities and outside references. Programs, needs,
food service and whatever else the interchange may hold are passed over unread.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse
from flask_babel import gettext as _

from wbl.addresses import one_address
from wbl.rosters.records import (
    Fault,
    Feed,
    GuardianRecord,
    SchoolRecord,
    StudentRecord,
    date_of,
    id_fault,
)

GRADES = {
    name: number
    for number, name in enumerate(
        (
            *("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"),
            *("tenth", "eleventh", "twelfth", "grade 13"),
        ),
        start=1,
    )
}
# Earlier versions of the standard say parent where later ones say contact.
_ADULTS = ("Parent", "Contact")
WANTED = {
    "School",
    "Student",
    "StudentSchoolAssociation",
    *_ADULTS,
    *(f"Student{adult}Association" for adult in _ADULTS),
}


def is_ed_fi(files: Mapping[str, bytes]) -> bool:
    return any(
        name.lower().endswith(".xml") and b"<Interchange" in data[:4096] for name, data in files.items()
    )


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


DEEPEST = 64
"""Elements within one another; the standard nests no more than a dozen."""


def _elements(name: str, data: bytes, faults: list[Fault]) -> Iterator[tuple[str, Any]]:
    """The wanted elements right below the root, one after the other; each is dropped once it is read."""
    depth = 0
    root: Any = None
    try:
        for event, element in iterparse(io.BytesIO(data), events=("start", "end"), forbid_dtd=True):
            if event == "start":
                root = element if depth == 0 else root
                depth += 1
                if depth > DEEPEST:
                    said = _(
                        "Elements lie more than %(count)s deep in one another: no roster does.", count=DEEPEST
                    )
                    faults.append(Fault(name, 0, _local(element.tag)[:80], said))
                    return
                continue
            depth -= 1
            if depth == 1:
                if _local(element.tag) in WANTED:
                    yield _local(element.tag), element
                root.clear()
    except ParseError as error:
        faults.append(Fault(name, error.position[0], "", _("This is no well-formed XML from here on.")))
    except DefusedXmlException:
        faults.append(Fault(name, 1, "", _("The file declares entities, which no roster needs.")))


def _text(element: Any, *path: str) -> str:
    """The text of the first element with each of these names below one another, at any depth between."""
    for name in path:
        element = next((one for one in element.iter() if _local(one.tag) == name), None)
        if element is None:
            return ""
    return (element.text or "").strip()


def _descriptor(text: str) -> str:
    """``uri://ed-fi.org/GradeLevelDescriptor#Eleventh grade`` as "eleventh grade"."""
    return text.rpartition("#")[2].strip().lower()


def _grade(text: str) -> int | None:
    said = _descriptor(text).removesuffix(" grade")
    return GRADES.get(said, GRADES.get(_descriptor(text)))


def read_ed_fi(files: Mapping[str, bytes]) -> Feed:
    """Read the interchange files of a folder; a file with nothing of interest in it is passed over."""
    feed = Feed(format="Ed-Fi")
    students: dict[str, dict[str, Any]] = {}
    enrolled: dict[str, tuple[str, int | None]] = {}
    adults: dict[str, dict[str, str]] = {}
    pairs: dict[tuple[str, str], str] = {}
    for name in sorted(name for name in files if name.lower().endswith(".xml")):
        for kind, element in _elements(name, files[name], feed.faults):
            if kind == "School":
                feed.schools.append(
                    SchoolRecord(_text(element, "SchoolId"), _text(element, "NameOfInstitution")[:200])
                )
            elif kind == "Student":
                _read_student(feed, name, element, students)
            elif kind == "StudentSchoolAssociation" and not _text(element, "ExitWithdrawDate"):
                enrolled[_text(element, "StudentUniqueId")] = (
                    _text(element, "SchoolId"),
                    _grade(_text(element, "EntryGradeLevel")),
                )
            elif kind in _ADULTS:
                adults[_text(element, f"{kind}UniqueId")] = _adult(element)
            elif kind.endswith("Association"):
                adult = kind.removeprefix("Student").removesuffix("Association")
                pair = (_text(element, "StudentUniqueId"), _text(element, f"{adult}UniqueId"))
                pairs[pair] = _descriptor(_text(element, "Relation"))
    feed.schools = [school for school in feed.schools if not id_fault(school.id)]
    _put_together(feed, students, enrolled, adults, pairs)
    return feed


def _read_student(feed: Feed, file: str, element: Any, students: dict[str, dict[str, Any]]) -> None:
    identifier = _text(element, "StudentUniqueId")
    if id_fault(identifier) or identifier in students:
        said = (
            _("Two students have this identifier.")
            if identifier in students
            else _("An identifier has 1 to 64 printable characters.")
        )
        # An XML element has no line here: the identifier says which it is.
        feed.faults.append(Fault(file, 0, "StudentUniqueId", f"{said} {identifier[:80]}"))
        return
    try:
        born = date_of(_text(element, "BirthData", "BirthDate"))
    except ValueError:
        said = _("This is no date. Write it as 2010-03-31.")
        feed.faults.append(Fault(file, 0, "BirthDate", f"{said} {identifier[:80]}"))
        return
    students[identifier] = {
        "given_name": _text(element, "Name", "FirstName")[:100],
        "family_name": _text(element, "Name", "LastSurname")[:100],
        "preferred_name": _text(element, "Name", "PreferredFirstName")[:100],
        "email": one_address(_text(element, "ElectronicMailAddress")),
        "phone": _text(element, "TelephoneNumber")[:40],
        "birth_date": born,
    }


def _adult(element: Any) -> dict[str, str]:
    name = f"{_text(element, 'Name', 'FirstName')} {_text(element, 'Name', 'LastSurname')}"
    return {
        "name": name.strip()[:200],
        "email": one_address(_text(element, "ElectronicMailAddress")),
        "phone": _text(element, "TelephoneNumber")[:40],
    }


def _put_together(
    feed: Feed,
    students: Mapping[str, dict[str, Any]],
    enrolled: Mapping[str, tuple[str, int | None]],
    adults: Mapping[str, dict[str, str]],
    pairs: Mapping[tuple[str, str], str],
) -> None:
    known = {school.id for school in feed.schools}
    for identifier, cells in students.items():
        school, grade = enrolled.get(identifier, ("", None))
        feed.students.append(
            StudentRecord(id=identifier, school=school if school in known else "", grade=grade, **cells)
        )
    for (student, adult), relation in sorted(pairs.items()):
        found = adults.get(adult)
        if student in students and found is not None and found["name"] and not id_fault(adult):
            feed.guardians.append(GuardianRecord(id=adult, student=student, relation=relation[:64], **found))
