"""A folder of files as a roster, whichever of the formats it is."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _

from wbl.errors import DomainError
from wbl.rosters.ed_fi import is_ed_fi, read_ed_fi
from wbl.rosters.oneroster import is_oneroster, read_oneroster
from wbl.rosters.records import Fault, Feed

KEYS = ("sourcedId", "identifier")


def read_roster(files: Mapping[str, bytes], key: str = "sourcedId") -> Feed:
    """Read a roster; what is wrong with it is in ``faults``.

    Raises
    ------
    DomainError
        Where it is no roster of a format that is known.
    """
    if is_oneroster(files):
        feed = read_oneroster(files, key)
    elif is_ed_fi(files):
        feed = read_ed_fi(files)
    else:
        raise DomainError(
            _(
                "No roster was found: neither users.csv (OneRoster 1.1 or 1.2) nor an Ed-Fi interchange "
                "file (.xml). Upload the whole folder, or a zip of it."
            ),
            field="files",
        )
    if not feed.students and not feed.gone and not feed.faults:
        said = _("There is no student in this roster.")
        feed.faults.append(Fault(feed.format, 0, "", said))
    return feed
