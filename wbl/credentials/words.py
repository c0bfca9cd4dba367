"""What is said of a document, of its faults, and why a credential was revoked, in the page's language."""

from __future__ import annotations

from flask_babel import gettext as _

from wbl.credentials.checking import Fault
from wbl.credentials.models import RevocationReason
from wbl.credentials.verifying import Report, Verdict

TONES = {
    Verdict.VALID: "good",
    Verdict.UNCHECKED: "info",
    Verdict.EARLY: "warn",
    Verdict.EXPIRED: "warn",
    Verdict.FOREIGN: "info",
}
"""How a page shows a verdict; any other stops the reader."""


def title_of(report: Report) -> str:
    """The verdict, as a short sentence."""
    return {
        Verdict.VALID: _("This credential is valid"),
        Verdict.UNCHECKED: _("The signature was not checked"),
        Verdict.EARLY: _("This credential is not valid yet"),
        Verdict.EXPIRED: _("This credential has expired"),
        Verdict.REVOKED: _("This credential was revoked"),
        Verdict.FOREIGN: _("This was not issued here"),
        Verdict.CHANGED: _("This is not what was signed"),
        Verdict.MALFORMED: _("This is no Open Badges 3.0 credential"),
    }[report.verdict]


def meaning_of(report: Report) -> str:
    """What follows from the verdict for whoever holds the document."""
    said = _meaning(report)
    unsure = (Verdict.VALID, Verdict.UNCHECKED, Verdict.EARLY, Verdict.EXPIRED)
    if report.verdict in unsure and not report.status_known:
        said = f"{said} {_('Whether it was revoked since was not checked.')}"
    return said


def _meaning(report: Report) -> str:
    if report.verdict is Verdict.VALID and not report.status_known:
        return _("The signature is right, and nothing was changed since.")
    return {
        Verdict.VALID: _("The signature is right, nothing was changed since, and it was not revoked."),
        Verdict.UNCHECKED: _(
            "It is well formed, and nothing more is known: its kind of signature can only be checked with"
            " files of others, which this page does not fetch. Do not take it for valid. Ask its issuer."
        ),
        Verdict.EARLY: _("Its first day is still to come."),
        Verdict.EXPIRED: _("It held until the day that it names."),
        Verdict.REVOKED: _("Its issuer has taken it back. Do not rely on it."),
        Verdict.FOREIGN: _(
            "It is well formed, but signed with a key that we do not know. Ask its issuer about it."
        ),
        Verdict.CHANGED: _(
            "It names a key that did not sign it: something in it was changed, or it was made up. Do not rely"
            " on it."
        ),
        Verdict.MALFORMED: _("It cannot be relied on. What is wrong with it:"),
    }[report.verdict]


def fault_words(fault: Fault) -> str:
    """One fault, with where it is."""
    said = {
        "empty": _("There is nothing in it."),
        "long": _("It is far longer than any credential."),
        "no_json": _("It is no JSON, or a name stands in it twice."),
        "no_token": _("It is no signed token (three parts with a dot between)."),
        "envelope": _("It is an envelope around something else than one signed token."),
        "header": _("The head of the token holds what it may not, or lacks which key signed it."),
        "algorithm": _(
            "It is signed by a method that we do not take (we take %(about)s).", about=fault.about
        ),
        "claim": _("The token says something else than the credential within, or does not say it."),
        "missing": _("This is missing."),
        "many": _("This may stand there only once."),
        "kind": _("This should be of the kind %(about)s.", about=fault.about),
        "type": _("Its type should be %(about)s.", about=fault.about),
        "word": _("This should be one of: %(about)s.", about=fault.about),
        "context": _("Here should be %(about)s.", about=fault.about),
        "result": _("This points to a result that the achievement does not describe."),
        "deep": _("This is nested too deeply."),
        "method": _("No key can be found by this address."),
        "key": _("The key that this names is none."),
        "no_proof": _("It carries no signature."),
        "early": _("Its first day is still to come."),
        "expired": _("It has expired."),
    }[fault.code]
    return f"{fault.path}: {said}" if fault.path else said


def reason_words(reason: str) -> str:
    """Why a credential was revoked, for its student and its coordinator."""
    return {
        RevocationReason.WRONG: _("It said something that is not so"),
        RevocationReason.NOT_COMPLETED: _("The placement was not completed after all"),
        RevocationReason.REPLACED: _("Another one takes its place"),
        RevocationReason.ASKED: _("The student asked for it"),
        RevocationReason.KEY: _("Somebody else may have the key that signed it"),
    }[RevocationReason(reason)]


def left_out_words(left_out: dict[str, int]) -> str:
    """Who got none, and why."""
    said = {
        "nameless": _("no name on record"),
        "not_due": _("one already, or not completed"),
    }
    return ", ".join(f"{said[reason]}: {count}" for reason, count in left_out.items())
