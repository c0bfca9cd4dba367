"""Forms of credentials."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import HiddenField, RadioField, SelectField, TextAreaField
from wtforms.validators import InputRequired, Length, ValidationError

from wbl.credentials.models import RevocationReason
from wbl.credentials.sharing import DAYS
from wbl.credentials.tokens import LONGEST
from wbl.credentials.words import reason_words


class VerifyForm(FlaskForm):
    document = TextAreaField(
        _l("Paste the credential"),
        validators=[Length(max=LONGEST, message=_l("That is far longer than any credential."))],
        description=_l("The text of the .jwt or .json file. It is looked at and not kept."),
    )
    file = FileField(_l("Or choose its file"))

    def validate_document(self, field: Any) -> None:
        if not (field.data or "").strip() and not self.file.data:
            raise ValidationError(_l("Paste a credential, or choose its file."))

    def data_given(self) -> bytes:
        """What was pasted or else uploaded, no more of it than a credential may have."""
        pasted = (self.document.data or "").strip()
        if pasted:
            return pasted.encode()
        uploaded: bytes = self.file.data.read(LONGEST + 1)
        return uploaded


class IssueForm(FlaskForm):
    placements = HiddenField()
    whole = HiddenField()


class RevokeForm(FlaskForm):
    reason = RadioField(
        _l("Why is it revoked?"),
        validators=[InputRequired(message=_l("Choose why."))],
        description=_l("The student reads this. Whoever verifies it learns only that it was revoked."),
    )

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.reason.choices = [(reason.value, reason_words(reason.value)) for reason in RevocationReason]


class ShareForm(FlaskForm):
    days = SelectField(_l("How long does the link open?"), coerce=int)

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.days.choices = [(days, _l("%(days)s days", days=days)) for days in DAYS]
