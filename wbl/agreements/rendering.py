"""The training agreement as PDF/UA, by the machinery of the letters."""

from __future__ import annotations

from flask_babel import force_locale

from wbl.agreements.document import RULING, ruling_text, sections
from wbl.agreements.models import AgreementSignature, TrainingAgreement
from wbl.agreements.standing import Standing
from wbl.letters import rendering
from wbl.placements.models import Placement


def agreement_pdf(
    placement: Placement,
    version: TrainingAgreement,
    signatures: list[AgreementSignature],
    now: Standing,
    language: str = RULING,
) -> bytes:
    """One version with its signatures on the last page.

    In another language than English the text is a translation, and says that the English one rules.
    """
    facts = version.content["facts"]
    with force_locale(language):
        text = ruling_text(version.content) if language == RULING else sections(facts)
    page = rendering.typeset_page(
        "letters/agreement.html",
        language,
        style=(*rendering.STYLE, "letters/agreement.css"),
        tag=language,
        ruling=language == RULING,
        version=version,
        facts=facts,
        sections=text,
        signatures=signatures,
        waiting=[role for role in now.signers if role not in {one.role for one in signatures}],
        timezone=placement.publication.round.district.timezone,
    )
    return rendering.pdf(page)
