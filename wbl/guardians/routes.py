"""For coordinators: who may sign and who may be told; families' questions; signatures that wait."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from wbl.accounts.forms import EmptyForm
from wbl.accounts.permissions import Permission, acting, requires
from wbl.db import transaction
from wbl.errors import DomainError
from wbl.family import queries as family
from wbl.form_pages import form_status, put_error
from wbl.guardians import answering, queries, services
from wbl.guardians.forms import AnswerForm, AuthorityForm, InterpreterForm, NewGuardianForm, YouthForm
from wbl.guardians.services import Authority, Contact
from wbl.people import queries as people
from wbl.people.models import Guardian, Standing

blueprint = Blueprint("guardians", __name__)


@blueprint.get("/students/<int:student_id>/guardians")
@requires(Permission.GUARDIAN_SETTLE)
def index(student_id: int) -> ResponseReturnValue:
    return _index(student_id, None)


def _index(student_id: int, form: YouthForm | None) -> ResponseReturnValue:
    student = people.student(acting(), student_id)
    youth = queries.youth_authority(student)
    return (
        render_template(
            "guardians/index.html",
            student=student,
            youth=youth,
            of_age=people.of_age(student),
            today=people.today_of(student),
            form=form or YouthForm(formdata=None, obj=youth),
        ),
        200 if form is None else 422,
    )


@blueprint.route("/students/<int:student_id>/guardians/new", methods=["GET", "POST"])
@requires(Permission.GUARDIAN_SETTLE)
def new(student_id: int) -> ResponseReturnValue:
    """Somebody whom the roster does not list."""
    student = people.student(acting(), student_id)
    form = NewGuardianForm()
    if form.validate_on_submit():
        contact = Contact(
            name=form.name.data or "",
            relation=form.relation.data or "",
            email=form.email.data or "",
            phone=form.phone.data or "",
            language=form.language.data,
        )
        try:
            with transaction():
                services.add(acting(), student_id, contact, _authority(form))
        except DomainError as error:
            put_error(form, error)
        else:
            flash(_("On record. Make a link for them on the placement's page."), "good")
            return redirect(url_for("guardians.index", student_id=student_id))
    student = people.student(acting(), student_id)
    return render_template("guardians/edit.html", student=student, guardian=None, form=form), form_status(
        form
    )


@blueprint.route("/students/<int:student_id>/guardians/<int:guardian_id>", methods=["GET", "POST"])
@requires(Permission.GUARDIAN_SETTLE)
def edit(student_id: int, guardian_id: int) -> ResponseReturnValue:
    """What one guardian may."""
    found = queries.guardian(acting(), student_id, guardian_id)
    form = AuthorityForm(data=_as_data(found))
    if form.validate_on_submit():
        try:
            with transaction():
                services.settle(acting(), student_id, guardian_id, _authority(form))
        except DomainError as error:
            if error.field is None:
                raise
            put_error(form, error)
        else:
            flash(_("On record. No roster will change it."), "good")
            return redirect(url_for("guardians.index", student_id=student_id))
    student = people.student(acting(), student_id)
    found = queries.guardian(acting(), student_id, guardian_id)
    return render_template("guardians/edit.html", student=student, guardian=found, form=form), form_status(
        form
    )


def _as_data(guardian: Guardian) -> dict[str, object]:
    columns = ("may_sign", "may_receive", "valid_from", "valid_until", "order_seen_on")
    standing = guardian.standing.value if guardian.standing is not None else None
    return {"standing": standing, **{column: getattr(guardian, column) for column in columns}}


def _authority(form: AuthorityForm) -> Authority:
    return Authority(
        standing=Standing(form.standing.data),
        may_sign=form.may_sign.data,
        may_receive=form.may_receive.data,
        valid_from=form.valid_from.data,
        valid_until=form.valid_until.data,
        order_seen_on=form.order_seen_on.data,
    )


@blueprint.post("/students/<int:student_id>/youth-authority")
@requires(Permission.GUARDIAN_SETTLE)
def let_sign_alone(student_id: int) -> ResponseReturnValue:
    people.student(acting(), student_id)
    form = YouthForm()
    if not form.validate_on_submit():
        return _index(student_id, form)
    try:
        with transaction():
            services.let_sign_alone(acting(), student_id, form.valid_from.data, form.valid_until.data)
    except DomainError as error:
        put_error(form, error)
        return _index(student_id, form)
    flash(_("On record: the student signs alone."), "good")
    return redirect(url_for("guardians.index", student_id=student_id))


@blueprint.post("/students/<int:student_id>/youth-authority/end")
@requires(Permission.GUARDIAN_SETTLE)
def end_signing_alone(student_id: int) -> ResponseReturnValue:
    with transaction():
        services.end_signing_alone(acting(), student_id)
    flash(_("Taken back: a guardian signs until the student is 18."), "good")
    return redirect(url_for("guardians.index", student_id=student_id))


@blueprint.get("/families/")
@requires(Permission.FAMILY_ANSWER)
def questions() -> ResponseReturnValue:
    """What families have asked."""
    actor = acting()
    state = family.ANSWERED if request.args.get("state") == family.ANSWERED else family.WAITING
    return render_template(
        "guardians/questions.html",
        page=family.questions(actor, state=state, page=request.args.get("page", 1, type=int)),
        state=state,
        signatures=queries.waiting(actor),
    )


@blueprint.route("/families/questions/<int:question_id>", methods=["GET", "POST"])
@requires(Permission.FAMILY_ANSWER)
def question(question_id: int) -> ResponseReturnValue:
    """One question, and the answer to it."""
    found = family.question(acting(), question_id)
    form = AnswerForm()
    if form.validate_on_submit():
        try:
            with transaction():
                answering.answer(acting(), question_id, form.answer.data or "")
        except DomainError as error:
            put_error(form, error)
        else:
            flash(_("Answered. It stands on the family's page."), "good")
            return redirect(url_for("guardians.questions"))
        found = family.question(acting(), question_id)
    status = form_status(form)
    return render_template("guardians/question.html", question=found, form=form), status


@blueprint.get("/families/signatures")
@requires(Permission.FAMILY_ANSWER)
def signatures() -> ResponseReturnValue:
    """Signatures on translations that nobody has checked."""
    actor = acting()
    return render_template(
        "guardians/signatures.html",
        page=queries.signatures(actor, page=request.args.get("page", 1, type=int)),
    )


@blueprint.route("/families/signatures/<int:signature_id>", methods=["GET", "POST"])
@requires(Permission.FAMILY_ANSWER)
def signature(signature_id: int) -> ResponseReturnValue:
    """One signature: gone through with an interpreter, it counts."""
    queries.signature(acting(), signature_id)
    form = InterpreterForm()
    if form.validate_on_submit():
        try:
            with transaction():
                services.interpreted(acting(), signature_id, form.interpreter.data or "")
        except DomainError as error:
            put_error(form, error)
        else:
            flash(_("The answers count from now on."), "good")
            return redirect(url_for("guardians.signatures"))
    found = queries.signature(acting(), signature_id)
    return (
        render_template(
            "guardians/signature.html",
            signature=found,
            answers=queries.answers(found),
            form=form,
            button=EmptyForm(),
        ),
        form_status(form),
    )


@blueprint.post("/families/signatures/<int:signature_id>/dismiss")
@requires(Permission.FAMILY_ANSWER)
def dismiss(signature_id: int) -> ResponseReturnValue:
    with transaction():
        services.dismiss(acting(), signature_id)
    flash(_("The answers do not count. The family's page asks again."), "good")
    return redirect(url_for("guardians.signatures"))
