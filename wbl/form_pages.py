"""What every page with a form does alike: say what a service refused, and with which status."""

from __future__ import annotations

from flask_wtf import FlaskForm

from wbl.errors import DomainError


def put_error(form: FlaskForm, error: DomainError, *, at: str = "") -> None:
    """Show what a service refused beside its field, or above the form; "not found" stays that.

    Parameters
    ----------
    at
        The field beside which it stands where the service names none of this form.
    """
    if error.status == 404:
        raise error
    field = next((name for name in (error.field, at) if name and name in form), None)
    if field is None:
        form.form_errors.append(error.message)
    else:
        form[field].errors = [*form[field].errors, error.message]


def form_status(form: FlaskForm) -> int:
    """Of a page that shows a form again after it was sent: 422."""
    return 422 if form.is_submitted() else 200
