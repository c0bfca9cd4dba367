"""What a mail to a family says of the paperwork, in the language in force."""

from __future__ import annotations

from flask import render_template
from flask_babel import gettext as _

from wbl.people.models import District


def subject_of(district: District, *, active: bool) -> str:
    if active:
        return _("Everything is ready: the placement can start")
    return _("%(district)s waits for your answer", district=district.name)


def body_of(name: str, district: District, address: str, *, active: bool) -> str:
    return render_template(
        "emails/paperwork_family.txt", name=name, district=district, address=address, active=active
    )
