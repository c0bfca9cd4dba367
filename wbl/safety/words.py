"""Codes of concerns and incidents as words."""

from __future__ import annotations

from flask_babel import gettext as _

from wbl.safety.models import ConcernKind, ConcernPlace, ConcernState, EntryKind, Reported


def concern_kind(kind: str) -> str:
    """What happened, as a student says it."""
    names = {
        ConcernKind.HURT: _("Somebody hurts me or threatens me"),
        ConcernKind.HARASSED: _("Somebody touches me or says things, and I do not want it"),
        ConcernKind.DANGER: _("The work or the place is dangerous"),
        ConcernKind.MADE_TO: _("I am told to do something that I should not"),
        ConcernKind.UNWELL: _("I am not all right"),
        ConcernKind.OTHER: _("Something else is wrong"),
    }
    return names[ConcernKind(kind)]


def concern_place(place: str) -> str:
    """Where it happened."""
    names = {
        ConcernPlace.PLACEMENT: _("At a place of work"),
        ConcernPlace.WAY: _("On the way"),
        ConcernPlace.SCHOOL: _("At school"),
        ConcernPlace.ELSEWHERE: _("Somewhere else"),
        ConcernPlace.UNSAID: _("Not said"),
    }
    return names[ConcernPlace(place)]


def concern_state(state: str) -> str:
    """How far it is, for those who answer."""
    names = {
        ConcernState.RAISED: _("not read yet"),
        ConcernState.READ: _("waits for an answer"),
        ConcernState.ANSWERED: _("has an answer"),
        ConcernState.CLOSED: _("is closed"),
    }
    return names[ConcernState(state)]


def concern_tone(state: str) -> str:
    """The kind of the tag of a state."""
    tones = {ConcernState.RAISED: "stop", ConcernState.READ: "warn", ConcernState.ANSWERED: "info"}
    return tones.get(ConcernState(state), "good")


def own_state(state: str) -> str:
    """How far it is, for the student."""
    names = {
        ConcernState.RAISED: _("sent"),
        ConcernState.READ: _("somebody has read it"),
        ConcernState.ANSWERED: _("has an answer"),
        ConcernState.CLOSED: _("is closed"),
    }
    return names[ConcernState(state)]


def entry_name(kind: str) -> str:
    """What happened to a concern, for those who answer."""
    names = {
        EntryKind.RAISED: _("The student raised it"),
        EntryKind.SAID: _("The student added"),
        EntryKind.READ: _("Read"),
        EntryKind.NOTED: _("Note"),
        EntryKind.ANSWERED: _("What was done"),
        EntryKind.PLACED: _("It is about another place"),
        EntryKind.CLOSED: _("It was closed"),
        EntryKind.REOPENED: _("Opened again"),
    }
    return names[EntryKind(kind)]


def own_entry(kind: str) -> str:
    """The same for the student; what is not theirs to read has no words."""
    names = {
        EntryKind.RAISED: _("You sent it"),
        EntryKind.SAID: _("You added"),
        EntryKind.READ: _("Somebody at school has read it"),
        EntryKind.ANSWERED: _("It was answered"),
        EntryKind.CLOSED: _("It was closed"),
        EntryKind.REOPENED: _("Opened again by the school"),
    }
    return names.get(EntryKind(kind), "")


def reported(state: str) -> str:
    """Whether something was reported."""
    names = {
        Reported.YES: _("Reported"),
        Reported.NO: _("Still to be reported"),
        Reported.NOT_NEEDED: _("Need not be reported"),
    }
    return names[Reported(state)]


FILTERS = (
    concern_kind,
    concern_place,
    concern_state,
    concern_tone,
    own_state,
    entry_name,
    own_entry,
    reported,
)
