"""Form fields that WTForms has not, for forms of every feature."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import escape
from wtforms import Field, SelectMultipleField, StringField, TextAreaField, ValidationError
from wtforms.validators import DataRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget, Select

from wbl.addresses import is_address


class CheckboxGroupField(SelectMultipleField):
    """Several of a list, each with a box of its own."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class LongSelect(Select):
    """The widget of a menu of hundreds of lines, each written in a third of the time."""

    @classmethod
    def render_option(cls, choice: Any, **kwargs: Any) -> str:
        if choice.render_kw or kwargs:
            return str(super().render_option(choice, **kwargs))
        selected, label = "selected " if choice.selected else "", escape(choice.label or choice.value)
        return f'<option {selected}value="{escape(choice.value)}">{label}</option>'


class ListedField(StringField):
    """One line of a long list, typed with the browser's help; ``data`` is the id of the line, or None.

    A menu repeats its lines in every field. These share one ``<datalist>``, which the page carries once.
    """

    _lines: Mapping[str, int] = {}
    typed = ""

    def offer(self, lines: Mapping[str, int], listed_at: str) -> None:
        """``lines``: text to id. ``listed_at``: the id of the ``<datalist>`` in the page."""
        self._lines = lines
        self.render_kw = {"list": listed_at, "autocomplete": "off"}
        if self.raw_data:
            self.data = lines.get(self.typed)

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.typed = str(valuelist[0]).strip() if valuelist else ""

    def pre_validate(self, form: object) -> None:
        if self.typed and self.data is None:
            raise ValidationError(_("“%(typed)s” is not in the list. Choose a line of it.", typed=self.typed))

    def _value(self) -> str:
        if self.raw_data:
            return self.typed
        return next((line for line, row_id in self._lines.items() if row_id == self.data), "")


def is_email(_form: object, field: Field) -> None:
    """Whether mail could be sent there; an empty box is for another rule."""
    typed = (field.data or "").strip().lower()
    if typed and not is_address(typed):
        raise ValidationError(_("Enter an e-mail address, such as pat@school.org."))
    field.data = typed


WHY = _l("Why")
FOR_COLLEAGUES = _l("For colleagues who look at this later. It is kept on record and can be erased.")
SAY_WHY = _l("Say why, in a few words: it is kept on record.")


def reason_field(
    label: LazyString = WHY, *, hint: LazyString = FOR_COLLEAGUES, missing: LazyString = SAY_WHY
) -> Field:
    """A reason in words, which every decision that takes one asks for alike."""
    return TextAreaField(
        label,
        description=hint,
        validators=[
            DataRequired(missing),
            Length(3, 2000, _l("Say why in 3 to 2000 characters.")),
        ],
    )
