"""Forms of signing in and of one's own account."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired, Length

ADDRESS = {"autocomplete": "username", "inputmode": "email", "autocapitalize": "none"}


class SignInForm(FlaskForm):
    email = StringField(
        _l("E-mail"),
        validators=[InputRequired(_l("Enter your e-mail address.")), Length(max=254)],
        render_kw=ADDRESS,
    )
    password = PasswordField(
        _l("Password"),
        validators=[InputRequired(_l("Enter your password.")), Length(max=500)],
        render_kw={"autocomplete": "current-password"},
    )
    next = HiddenField()


class EmptyForm(FlaskForm):
    """A button: nothing but the CSRF token."""


class CodeForm(FlaskForm):
    code = StringField(
        _l("Code"),
        validators=[InputRequired(_l("Enter the code.")), Length(max=40)],
        render_kw={"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false"},
    )


class ForgotForm(FlaskForm):
    email = StringField(
        _l("E-mail"),
        validators=[InputRequired(_l("Enter your e-mail address.")), Length(max=254)],
        render_kw=ADDRESS,
    )


class NewPasswordForm(FlaskForm):
    password = PasswordField(
        _l("New password"),
        validators=[InputRequired(_l("Choose a password.")), Length(max=500)],
        description=_l("12 characters or more. Three or four words are good."),
        render_kw={"autocomplete": "new-password"},
    )


class InvitationForm(NewPasswordForm):
    name = StringField(
        _l("Your name"),
        validators=[InputRequired(_l("Enter your name.")), Length(max=200)],
        render_kw={"autocomplete": "name"},
    )


class PasswordCheckForm(FlaskForm):
    current = PasswordField(
        _l("Your password"),
        validators=[InputRequired(_l("Enter your password.")), Length(max=500)],
        render_kw={"autocomplete": "current-password"},
    )


class OwnPasswordForm(PasswordCheckForm, NewPasswordForm):
    """The old one and the new one."""
