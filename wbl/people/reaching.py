"""Where mail about a student may go."""

from __future__ import annotations

from wbl.addresses import addresses_in, one_address
from wbl.people.models import Standing, Student


def reachable(student: Student, address: str) -> str:
    """This address, or "" where nothing about this student may be sent to it.

    An address that somebody restricted also reads is nobody's to write to: a household may share one.
    Several addresses in one field are none: one of them may be theirs.
    """
    one = one_address(address)
    restricted = {
        shared
        for guardian in student.guardians
        if guardian.standing is Standing.RESTRICTED
        for shared in addresses_in(guardian.email)
    }
    return "" if one.lower() in restricted else one
