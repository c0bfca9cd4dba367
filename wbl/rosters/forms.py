"""Forms of rosters."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, MultipleFileField, RadioField, SelectChoice

from wbl.rosters.reading import KEYS


class RosterForm(FlaskForm):
    files = MultipleFileField(
        _l("Roster"),
        description=_l("A zip, or its files together: OneRoster 1.1 or 1.2 (CSV), or Ed-Fi (XML)."),
        render_kw={"accept": ".zip,.csv,.xml,text/csv,application/zip,text/xml", "required": True},
    )


class RosterSettingForm(FlaskForm):
    key = RadioField(
        _l("A student's identifier in OneRoster"),
        description=_l("The column that holds what your rounds' files call student_id."),
        choices=[SelectChoice(key, key) for key in KEYS],
    )
    apply_unasked = BooleanField(
        _l("Apply what the nightly folder brings without asking"),
        description=_l("Unless more than one student in ten would leave: then it waits for you."),
    )
