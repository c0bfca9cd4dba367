"""What a family writes on its page, apart from its answers."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length


class QuestionForm(FlaskForm):
    question = TextAreaField(
        _l("Your question"),
        validators=[
            DataRequired(_l("Write your question first.")),
            Length(3, 2000, _l("Write your question in 3 to 2000 characters.")),
        ],
        render_kw={"dir": "auto", "maxlength": 2000},
    )
