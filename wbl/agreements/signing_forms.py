"""The form under an agreement: a typed name. And what a family says besides."""

from __future__ import annotations

from typing import Any

from flask import flash
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, StringField
from wtforms.validators import InputRequired, Length

from wbl.agreements.contacts import MOST, Contact
from wbl.agreements.models import EmergencyContact, Paperwork, SignerRole, TrainingAgreement
from wbl.agreements.signing import LEAST_NAME, MOST_NAME, Given
from wbl.agreements.words import intent_of


class SignForm(FlaskForm):
    """A signature under the version that the page shows."""

    signed_name = StringField(
        _l("Your full name, as your signature"),
        validators=[
            InputRequired(_l("Type your full name: it is your signature.")),
            Length(LEAST_NAME, MOST_NAME, _l("Type your full name: it is your signature.")),
        ],
        render_kw={"autocomplete": "name", "dir": "auto", "maxlength": MOST_NAME},
    )
    digest = HiddenField()
    read_in = HiddenField()

    def given(self, role: SignerRole) -> Given:
        """What was signed with, on a page in the language that it was read in."""
        return Given(
            self.signed_name.data or "", intent_of(role), self.read_in.data or "", self.digest.data or ""
        )

    @property
    def same_language(self) -> bool:
        """Whether the page was still in the language that it was read in."""
        return bool(self.read_in.data == str(get_locale()))


class FamilySignForm(SignForm):
    """The same for a family, with what it allows beyond the placement: a box that is left empty is a no."""

    media_release = BooleanField(
        _l("The school and the employer may publish photos and videos of the student at the place of work.")
    )
    directory_information = BooleanField(
        _l("The school may give the student's name, grade and school to others as directory information.")
    )


def say_signed(signed: bool) -> None:
    """What came of a signature, on the next page."""
    if signed:
        flash(_("Signed. Thank you. Whoever is next is told."), "good")
    else:
        flash(_("The agreement has changed meanwhile. Please read it again before you sign."), "warn")


def sign_form(version: TrainingAgreement) -> SignForm:
    """An empty form for the version shown."""
    return SignForm(formdata=None, data={"digest": version.digest, "read_in": str(get_locale())})


def family_sign_form(version: TrainingAgreement, paperwork: Paperwork) -> FamilySignForm:
    return FamilySignForm(
        formdata=None,
        data={
            "digest": version.digest,
            "read_in": str(get_locale()),
            "media_release": paperwork.media_release,
            "directory_information": paperwork.directory_information,
        },
    )


def contacts_form(contacts: list[EmergencyContact], *, fresh: bool) -> Any:
    """Up to three people to call, the first one first. ``fresh``: as it stands, not as it was sent."""
    members: dict[str, Any] = {}
    for at in range(MOST):
        first = [InputRequired(_("Name one person at least, and three at most."))] if at == 0 else []
        known = contacts[at] if at < len(contacts) else None
        members[f"name_{at}"] = StringField(
            _("Name of person %(number)s", number=at + 1),
            default=known.name if known else "",
            validators=[*first, Length(max=200)],
            render_kw={"dir": "auto", "maxlength": 200},
        )
        members[f"phone_{at}"] = StringField(
            _("Phone of person %(number)s", number=at + 1),
            default=known.phone if known else "",
            validators=[Length(max=40)],
            render_kw={"inputmode": "tel", "dir": "ltr", "maxlength": 40},
        )
        members[f"relation_{at}"] = StringField(
            _("Who person %(number)s is to the student", number=at + 1),
            default=known.relation if known else "",
            validators=[Length(max=64)],
            render_kw={"dir": "auto", "maxlength": 64},
        )
    members["for_employer"] = BooleanField(
        _("The place of work may have these numbers while the student is there."),
        default=any(one.for_employer for one in contacts),
    )
    form = type("ContactsForm", (FlaskForm,), members)
    return form(formdata=None) if fresh else form()


def contacts_of(form: Any) -> list[Contact]:
    """The contacts of a valid form; lines that are left empty are none."""
    lines = [
        Contact(
            form[f"name_{at}"].data or "", form[f"phone_{at}"].data or "", form[f"relation_{at}"].data or ""
        )
        for at in range(MOST)
    ]
    return [line for line in lines if line.name.strip() or line.phone.strip()]
