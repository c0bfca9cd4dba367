"""Who acts: what services and scoped queries are told instead of ``current_user``."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from wbl.accounts.models import Role


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody signed in, a family by its link, the worker, or a command.

    The scopes hold identifiers of the rows that the memberships name; empty sets see nothing.
    """

    kind: str  # user | family_link | worker | command
    id: int | None = None  # of the user, or of the family link
    name: str = ""
    administrator_of: frozenset[int] = field(default_factory=frozenset)  # districts
    coordinator_of: frozenset[int] = field(default_factory=frozenset)  # districts
    advisor_of: frozenset[int] = field(default_factory=frozenset)  # districts; students by caseload
    school_ids: frozenset[int] = field(default_factory=frozenset)
    programs: frozenset[tuple[int, str]] = field(default_factory=frozenset)  # district and code
    student_ids: frozenset[int] = field(default_factory=frozenset)  # themself
    employer_ids: frozenset[int] = field(default_factory=frozenset)
    sealed_of: frozenset[int] = field(
        default_factory=frozenset
    )  # districts whose sealed reasons they may open
    safety_of: frozenset[int] = field(default_factory=frozenset)  # schools whose safety contact they are

    @property
    def roles(self) -> frozenset[Role]:
        """The roles that this actor has in any scope."""
        held: dict[Role, Collection[object]] = {
            Role.ADMINISTRATOR: self.administrator_of,
            Role.COORDINATOR: self.coordinator_of,
            Role.ADVISOR: self.advisor_of,
            Role.SCHOOL_STAFF: self.school_ids,
            Role.PROGRAM_LEAD: self.programs,
            Role.STUDENT: self.student_ids,
            Role.EMPLOYER: self.employer_ids,
        }
        return frozenset(role for role, scopes in held.items() if scopes)

    @property
    def user_id(self) -> int | None:
        return self.id if self.kind == "user" else None


WORKER = Actor(kind="worker")
COMMAND = Actor(kind="command")
