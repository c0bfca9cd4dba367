"""The district's students, as its coordinators see them."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from wbl.accounts.permissions import Permission, acting, allows, requires
from wbl.people import queries
from wbl.placements import queries as placements
from wbl.row_ids import row_id

blueprint = Blueprint("people", __name__, url_prefix="/students")


@blueprint.get("/")
@requires(Permission.STUDENT_VIEW)
def index() -> ResponseReturnValue:
    actor = acting()
    search = request.args.get("q", "").strip()
    school_id = request.args.get("school", type=row_id)
    return render_template(
        "people/index.html",
        page=queries.students(
            actor, search=search, school_id=school_id, page=request.args.get("page", 1, type=int)
        ),
        schools=queries.schools(actor),
        search=search,
        school_id=school_id,
    )


@blueprint.get("/<int:student_id>")
@requires(Permission.STUDENT_VIEW)
def student(student_id: int) -> ResponseReturnValue:
    actor = acting()
    found = queries.student(actor, student_id)
    sensitive = allows(actor, Permission.STUDENT_SENSITIVE)
    birth = queries.birth(found) if sensitive else None
    return render_template(
        "people/student.html",
        student=found,
        birth_date=birth.birth_date if birth is not None else None,
        needs=queries.needs(found) if sensitive else None,
        of_age=queries.of_age(found) if sensitive and not found.guardians else False,
        today=queries.today_of(found),
        placements=placements.of_student(actor, found.id),
    )
