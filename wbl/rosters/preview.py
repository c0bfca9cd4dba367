"""A difference as lines of a list, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass

from wbl.pagination import PAGE_SIZE, Page
from wbl.rosters.difference import Difference

JOIN, CHANGE, RETURN, LEAVE = "join", "change", "return", "leave"


@dataclass(frozen=True, slots=True)
class Line:
    """One student, what happens, and in which columns."""

    kind: str
    name: str
    external_id: str
    columns: tuple[str, ...] = ()
    student_id: int | None = None


def listed(found: Difference, kind: str, number: int) -> Page[Line]:
    """The students who join, change or leave; ``kind``: only these."""
    lines = [Line(LEAVE, one.name, one.external_id, (), one.student_id) for one in found.leaves]
    lines += [
        Line(
            RETURN if one.returns else CHANGE,
            one.name,
            one.external_id,
            (
                *one.columns,
                *(("school",) if one.school is not None else ()),
                *(("birth_date",) if one.birth_date is not None else ()),
            ),
            one.student_id,
        )
        for one in found.changes
    ]
    lines += [
        Line(JOIN, f"{one.preferred_name or one.given_name} {one.family_name}".strip() or one.id, one.id)
        for one in found.joins
    ]
    if kind:
        lines = [line for line in lines if line.kind == kind]
    pages = max(1, -(-len(lines) // PAGE_SIZE))
    number = min(max(1, number), pages)
    start = (number - 1) * PAGE_SIZE
    return Page(items=lines[start : start + PAGE_SIZE], number=number, total=len(lines))
