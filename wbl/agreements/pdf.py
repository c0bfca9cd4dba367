"""An agreement as an answer to a browser."""

from __future__ import annotations

from flask import Response, make_response

from wbl.agreements import queries, versions
from wbl.agreements.document import RULING
from wbl.agreements.rendering import agreement_pdf
from wbl.agreements.standing import standings
from wbl.errors import NotFound
from wbl.placements.models import Placement


def pdf_of(placement: Placement, language: str = RULING) -> Response:
    """The current version with its signatures.

    Raises
    ------
    NotFound
        Where there is none yet.
    """
    version = versions.current(placement.id)
    if version is None:
        raise NotFound()
    now = standings([placement])[placement.id]
    answer = make_response(agreement_pdf(placement, version, queries.signatures(version.id), now, language))
    answer.mimetype = "application/pdf"
    answer.headers["Content-Disposition"] = 'inline; filename="training-agreement.pdf"'
    return answer
