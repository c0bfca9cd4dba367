"""A student's timeline: what they have done so far, for themself."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from wbl.accounts.permissions import Permission, acting, requires
from wbl.portfolio.queries import own_student
from wbl.timeline.events import figures, way_of

blueprint = Blueprint("timeline", __name__)


@blueprint.get("/my-timeline")
@requires(Permission.PLACEMENT_OWN)
def mine() -> ResponseReturnValue:
    student = own_student(acting())
    way = way_of(student)
    return render_template("timeline/mine.html", student=student, way=way, figures=figures(way))
