"""The letters of a round, for printing and handing out."""

from __future__ import annotations

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from wbl.accounts.permissions import Permission, acting, requires
from wbl.bulk.models import BulkKind
from wbl.bulk.queries import just_done
from wbl.db import transaction
from wbl.errors import DomainError, NotFound
from wbl.letters import ending, giving, queries, services, slips
from wbl.letters.models import LetterState
from wbl.placements.queries import publication_of_round
from wbl.row_ids import row_id

blueprint = Blueprint("letters", __name__)


def _pdf(data: bytes, name: str) -> ResponseReturnValue:
    answer = make_response(data)
    answer.mimetype = "application/pdf"
    answer.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return answer


@blueprint.get("/rounds/<int:round_id>/letters")
@requires(Permission.LETTER_PRINT)
def index(round_id: int) -> ResponseReturnValue:
    placement_round, publication = publication_of_round(acting(), round_id)
    chosen = request.args.get("state", "")
    state = LetterState(chosen) if chosen in set(LetterState) else None
    page, counts, has_book, outdated = None, {}, False, 0
    if publication is not None:
        page = queries.of_publication(publication, state=state, page=request.args.get("page", 1, type=int))
        counts = queries.counts(publication)
        has_book = queries.has_book(publication)
        outdated = queries.outdated(publication)
    return render_template(
        "letters/index.html",
        round=placement_round,
        publication=publication,
        page=page,
        counts=counts,
        state=state,
        has_book=has_book,
        outdated=outdated,
        given=giving.given([letter.placement_id for letter in page.items]) if page is not None else {},
        done=just_done(acting(), request.args.get("done", type=row_id), [BulkKind.GIVE_LETTERS], round_id),
    )


@blueprint.post("/rounds/<int:round_id>/letters")
@requires(Permission.LETTER_PRINT)
def write_again(round_id: int) -> ResponseReturnValue:
    placement_round, publication = publication_of_round(acting(), round_id)
    if publication is None:
        raise NotFound()
    with transaction():
        services.write_again(acting(), publication, placement_round.district_id)
    flash(_("The letters are being written again."), "good")
    return redirect(url_for("letters.index", round_id=round_id))


@blueprint.post("/rounds/<int:round_id>/letters/given")
@requires(Permission.LETTER_PRINT)
def give(round_id: int) -> ResponseReturnValue:
    """Note the letters that are ticked, or all of them, as handed over."""
    publication_of_round(acting(), round_id)
    whole = request.form.get("whole") == "yes"
    chosen = request.form.getlist("placement", type=row_id)
    if not whole and not chosen:
        raise DomainError(_("Tick at least one letter first."))
    with transaction():
        action_id = giving.give(acting(), round_id, None if whole else chosen).id
    return redirect(url_for("letters.index", round_id=round_id, done=action_id))


@blueprint.get("/rounds/<int:round_id>/letters/book.pdf")
@requires(Permission.LETTER_PRINT)
def book(round_id: int) -> ResponseReturnValue:
    return _pdf(queries.book(acting(), round_id), f"letters-round-{round_id}.pdf")


@blueprint.get("/rounds/<int:round_id>/letters/slips.pdf")
@requires(Permission.LETTER_PRINT)
def paper_slips(round_id: int) -> ResponseReturnValue:
    """Slips for families whom neither mail nor a text reaches, several a page."""
    _round, publication = publication_of_round(acting(), round_id)
    if publication is None:
        raise NotFound()
    paper = "a4" if request.args.get("paper") == "a4" else "letter"
    return _pdf(slips.pdf(publication, paper), f"slips-round-{round_id}-{paper}.pdf")


@blueprint.get("/placements/<int:placement_id>/ended.pdf")
@requires(Permission.LETTER_PRINT)
def ended(placement_id: int) -> ResponseReturnValue:
    """The letter that says that a placement has ended, for a family without an e-mail address."""
    return _pdf(ending.end_letter(acting(), placement_id), f"placement-{placement_id}-ended.pdf")


@blueprint.get("/letters/<int:letter_id>.pdf")
@requires(Permission.LETTER_PRINT)
def letter(letter_id: int) -> ResponseReturnValue:
    return _pdf(queries.pdf(acting(), letter_id), f"letter-{letter_id}.pdf")
