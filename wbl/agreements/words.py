"""Steps, signers and intents of the paperwork in words, for everybody's pages."""

from __future__ import annotations

from flask_babel import gettext as _

from wbl.agreements.models import SignatureSource, SignerRole, Step


def step_name(step: str) -> str:
    """What is done in a step."""
    names = {
        Step.STUDENT: _("The student accepts the place and signs"),
        Step.GUARDIAN: _("The family answers and signs"),
        Step.EMPLOYER: _("The employer confirms the supervisor and the safety orientation, and signs"),
        Step.SUPERVISOR: _("The supervisor signs"),
        Step.SCHOOL: _("The school signs"),
        Step.TASKS: _("Everything is arranged"),
        Step.DONE: _("Ready to start"),
    }
    return names[Step(step)]


def holder_name(step: str) -> str:
    """Who holds it, for lists."""
    names = {
        Step.STUDENT: _("with the student"),
        Step.GUARDIAN: _("with the family"),
        Step.EMPLOYER: _("with the employer"),
        Step.SUPERVISOR: _("with the supervisor"),
        Step.SCHOOL: _("with the school"),
        Step.TASKS: _("something to arrange"),
        Step.DONE: _("active"),
    }
    return names[Step(step)]


def signer_name(role: str) -> str:
    """Who signs, as it stands beside a signature."""
    names = {
        SignerRole.STUDENT: _("Student"),
        SignerRole.GUARDIAN: _("Parent or guardian"),
        SignerRole.EMPLOYER: _("Employer"),
        SignerRole.SUPERVISOR: _("Supervisor"),
        SignerRole.SCHOOL: _("School"),
    }
    return names[SignerRole(role)]


def source_name(source: str) -> str:
    """How somebody signed."""
    names = {
        SignatureSource.ACCOUNT: _("signed in"),
        SignatureSource.LINK: _("by a link"),
        SignatureSource.PAPER: _("on paper"),
    }
    return names[SignatureSource(source)]


def intent_of(role: SignerRole) -> str:
    """What somebody means by their name: the sentence above it."""
    if role is SignerRole.STUDENT:
        return _("I have read this agreement. I agree to it and do my part of it.")
    if role is SignerRole.GUARDIAN:
        return _(
            "I have read this agreement. I agree that the student takes part in it, and do our part of it."
        )
    if role is SignerRole.SUPERVISOR:
        return _("I have read this agreement and look after the student as it says.")
    if role is SignerRole.EMPLOYER:
        return _("I have read this agreement and sign it for the employer, which keeps to it.")
    return _("I have read this agreement and sign it for the school, which keeps to it.")


FILTERS = (holder_name, signer_name, source_name, step_name)
