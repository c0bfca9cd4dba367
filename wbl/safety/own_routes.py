"""A student's own pages: raise a concern with two taps, read what became of it, add to it."""

from __future__ import annotations

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from wbl.accounts.permissions import Permission, acting, requires
from wbl.db import transaction
from wbl.errors import DomainError
from wbl.form_pages import form_status, put_error
from wbl.safety import concern_queries, numbers, queries, raising
from wbl.safety.blueprint import blueprint
from wbl.safety.forms import RaiseForm, SayForm, place_said
from wbl.safety.models import ConcernKind, ConcernPlace, EntryKind
from wbl.safety.words import own_entry

LEAVE = "https://www.weather.gov/"
"""Where one tap leads whoever does not want to be seen on these pages: to what anybody may read."""


@blueprint.route("/safety", methods=["GET", "POST"])
@requires(Permission.CONCERN_RAISE)
def mine() -> ResponseReturnValue:
    """What happened, a button each: it is sent with that tap. Numbers to call; what was raised before."""
    actor = acting()
    student = queries.own_student(actor)
    placements = queries.placements_of(student.id)
    contacts = queries.contacts(student.school_id)
    draft = concern_queries.draft(student.id)
    guess = raising.first_guess(placements)
    form = RaiseForm(
        words=draft.words if draft is not None else "",
        place=f"placement:{guess.id}" if guess is not None else ConcernPlace.UNSAID.value,
    )
    form.offer(placements, [user.name for user in contacts])
    quietly = request.headers.get("X-Draft") == "yes"
    if form.validate_on_submit():
        kind = request.form.get("kind", "")
        try:
            with transaction():
                if quietly or kind not in set(ConcernKind):
                    raising.save_draft(actor, form.words.data or "")
                    sent = None
                else:
                    place, placement_id = place_said(form.place.data or "")
                    sent = raising.raise_concern(
                        actor,
                        kind=ConcernKind(kind),
                        place=place,
                        placement_id=placement_id,
                        words=form.words.data or "",
                        to_school=form.to_school,
                    ).id
        except DomainError as error:
            if quietly:
                return Response(status=error.status, mimetype="text/plain")
            put_error(form, error)
        else:
            if quietly:
                return Response(status=204, mimetype="text/plain")
            if sent is not None:
                return redirect(url_for("safety.mine_one", concern_id=sent))
            flash(_("Your words are kept. Only you see them until you send them."), "good")
            return redirect(url_for("safety.mine"))
    return (
        render_template(
            "safety/mine.html",
            form=form,
            kinds=list(ConcernKind),
            leave=LEAVE,
            numbers=numbers.everywhere(),
            own_numbers=numbers.of_district(student.district_id),
            district=queries.district_of(student),
            coordinators=queries.coordinators(student.district_id),
            contacts=contacts,
            raised=concern_queries.own_concerns(actor),
            draft=draft,
        ),
        form_status(form),
    )


@blueprint.route("/safety/sent/<int:concern_id>", methods=["GET", "POST"])
@requires(Permission.CONCERN_RAISE)
def mine_one(concern_id: int) -> ResponseReturnValue:
    """What became of what they raised; and whatever they want to add."""
    actor = acting()
    found = concern_queries.own_concern(actor, concern_id)
    form = SayForm()
    if form.validate_on_submit():
        try:
            with transaction():
                raising.say_more(actor, concern_id, form.words.data or "")
        except DomainError as error:
            put_error(form, error)
        else:
            flash(_("Sent. Those who read it are told that there is something new."), "good")
            return redirect(url_for("safety.mine_one", concern_id=concern_id))
    student = queries.own_student(actor)
    return (
        render_template(
            "safety/mine_one.html",
            concern=found,
            entries=[entry for entry in found.entries if own_entry(entry.kind)],
            theirs=(EntryKind.RAISED, EntryKind.SAID),
            form=form,
            leave=LEAVE,
            numbers=numbers.everywhere(),
            own_numbers=numbers.of_district(student.district_id),
            district=queries.district_of(student),
            coordinators=queries.coordinators(found.district_id),
            contacts=queries.contacts(found.school_id),
        ),
        form_status(form),
    )
