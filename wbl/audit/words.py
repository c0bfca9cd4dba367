"""Rows of the record in words: what was done, by whom, on what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import LazyString, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from wbl.labels import language_name, retained_label, standing_label

ACTIONS: Mapping[str, LazyString] = {
    "account.close": _l("Closed an account"),
    "account.open": _l("Opened an account again"),
    "account.password_mail": _l("Mailed a link to a new password"),
    "calendar.make": _l("Made an address for their calendar"),
    "calendar.revoke": _l("Ended an address of their calendar"),
    "caseload.set": _l("Changed a caseload"),
    "credential.issue": _l("Issued a credential"),
    "credential.key": _l("Began a new key for credentials"),
    "credential.revoke": _l("Revoked a credential"),
    "credential.share": _l("Made a link to a credential of their own"),
    "credential.unshare": _l("Ended a link to a credential of their own"),
    "district.codes_off": _l("Asked staff for no codes any more"),
    "district.codes_on": _l("Asked staff for one-time codes"),
    "district.file": _l("Changed the district's calendar or labor rules"),
    "district.file_drop": _l("Dropped the district's calendar or labor rules"),
    "district.provider": _l("Changed the sign-in at the district's provider"),
    "district.retention": _l("Decided how long records are kept"),
    "concern.raise": _l("Raised a safety concern"),
    "concern.say": _l("Added to a safety concern"),
    "concern.read": _l("Opened a safety concern and read it"),
    "concern.note": _l("Wrote a note on a safety concern"),
    "concern.answer": _l("Answered a safety concern"),
    "concern.place": _l("Corrected what a safety concern is about"),
    "concern.report": _l("Noted that a report required by law was made"),
    "concern.close": _l("Closed a safety concern"),
    "concern.reopen": _l("Opened a safety concern again"),
    "incident.read": _l("Opened the record of an incident and read it"),
    "incident.keep": _l("Recorded an incident"),
    "incident.correct": _l("Corrected the record of an incident"),
    "incident.close": _l("Closed the record of an incident"),
    "incident.reopen": _l("Opened the record of an incident again"),
    "safety.contact": _l("Named a safety contact of a school"),
    "safety.contact_end": _l("Ended that somebody is a safety contact"),
    "safety.number": _l("Added a number that students see"),
    "safety.number_drop": _l("Removed a number that students see"),
    "retention.erase": _l("Erased what was past its retention"),
    "roster.apply": _l("Applied a roster"),
    "roster.discard": _l("Dropped a roster unused"),
    "roster.setting": _l("Changed how rosters are taken"),
    "role.give": _l("Gave a role"),
    "role.take": _l("Took a role away"),
    "learning.ask": _l("Had worked out what placements taught"),
    "learning.bring_in": _l("Brought what was learned into a round"),
    "learning.weights": _l("Took suggested weights"),
    "account.codes_off": _l("Turned one-time codes off"),
    "account.codes_on": _l("Turned one-time codes on"),
    "account.create": _l("Made a sign-in"),
    "account.password": _l("Set a new password"),
    "account.password_own": _l("Changed their own password"),
    "account.password_reset": _l("Chose a new password by mail"),
    "account.recovery_codes": _l("Made new recovery codes"),
    "account.sign_in": _l("Signed in"),
    "account.sign_out": _l("Signed out"),
    "occupations.import": _l("Took occupations from O*NET"),
    "agreement.dismiss": _l("Did not count a signature on a training agreement"),
    "agreement.interpreted": _l("Counted a signature on a training agreement, with an interpreter"),
    "agreement.link": _l("Made a link to sign a training agreement"),
    "agreement.link_revoke": _l("Revoked a link to sign a training agreement"),
    "agreement.sign": _l("Signed a training agreement"),
    "agreement.version": _l("Made a new version of a training agreement"),
    "emergency.set": _l("Changed emergency contacts"),
    "paperwork.active": _l("Made a placement active"),
    "paperwork.allow": _l("Said what is allowed beyond a placement"),
    "paperwork.complete": _l("Completed a placement"),
    "paperwork.confirm": _l("Confirmed supervisor and safety orientation"),
    "task.add": _l("Added something to arrange"),
    "task.change": _l("Changed something to arrange"),
    "task.close": _l("Noted that something is arranged"),
    "task.open_again": _l("Noted that something is not arranged after all"),
    "visit.log": _l("Logged a visit of a place of work"),
    "visit.plan": _l("Planned a visit of a place of work"),
    "bulk.nudge": _l("Reminded students of a round"),
    "bulk.paper": _l("Noted that students answer on paper"),
    "bulk.out": _l("Took students out of a round"),
    "bulk.pin": _l("Required or forbade many pairs"),
    "bulk.give_letters": _l("Noted letters as handed over"),
    "bulk.undo": _l("Took back what was done to many at once"),
    "consent.record": _l("Recorded a consent given on paper"),
    "consent.give": _l("Answered what an employer may be told"),
    "guardian.add": _l("Put somebody on record who speaks for a student"),
    "guardian.settle": _l("Settled who may sign and who may be told"),
    "language.offer": _l("Offered families a language"),
    "language.withhold": _l("Offered families a language no longer"),
    "language.review": _l("Marked a language of families as reviewed"),
    "language.unreview": _l("Took back that a language is reviewed"),
    "question.answer": _l("Answered a family's question"),
    "question.ask": _l("Asked the school a question"),
    "sealed.grant": _l("Let somebody open sealed reasons"),
    "sealed.end": _l("Ended that somebody opens sealed reasons"),
    "signature.dismiss": _l("Did not count a signature"),
    "signature.interpreted": _l("Counted a signature, with an interpreter"),
    "youth.end": _l("Ended that a student signs alone"),
    "youth.sign_alone": _l("Let a student sign alone"),
    "district.create": _l("Set up the district"),
    "district.edit": _l("Changed what letters say of the district"),
    "employer.add": _l("Added an employer"),
    "employer.change": _l("Changed what is said of an employer"),
    "employer.hand_over": _l("Handed an employer over"),
    "employer.site": _l("Changed an employer's place of work"),
    "outreach.change": _l("Noted where an employer stands"),
    "outreach.import": _l("Added prospects from a file"),
    "hours.absent": _l("Said that they cannot come today"),
    "hours.answer": _l("Confirmed hours, or asked about them"),
    "hours.link": _l("Made a link to confirm hours"),
    "hours.link_revoke": _l("Revoked a link to confirm hours"),
    "hours.payroll": _l("Took hours away for payroll"),
    "hours.send": _l("Sent the hours of a week"),
    "hours.setting": _l("Decided what hours are worth"),
    "hours.settle": _l("Dealt with a breach of the law of hours"),
    "hours.write": _l("Wrote down or changed hours"),
    "interview.agree": _l("Agreed to an interview"),
    "interview.begin": _l("Asked the students of a shortlist"),
    "interview.date": _l("Set the date of an interview"),
    "interview.decide": _l("Decided after an interview"),
    "interview.decline": _l("Declined an interview"),
    "interview.guardian": _l("Recorded a guardian's yes to an interview"),
    "interview.pins": _l("Made decisions of interviews into pins"),
    "posting.confirm": _l("Confirmed a posting"),
    "posting.correct": _l("Asked for a correction of a posting"),
    "posting.link": _l("Made a link to confirm a posting"),
    "vetting.check": _l("Checked an item of a vetting"),
    "vetting.remind": _l("Reminded of a vetting that lapses"),
    "vetting.rule": _l("Decided who is vetted"),
    "vetting.take_back": _l("Took back an item of a vetting"),
    "invitation.accept": _l("Took an invitation"),
    "invitation.revoke": _l("Took an invitation back"),
    "invitation.send": _l("Invited somebody"),
    "found.accept": _l("Accepted a place that a student found"),
    "found.decline": _l("Did not accept a place that a student found"),
    "found.employer": _l("Said whose place a student found"),
    "found.propose": _l("Proposed a place they found"),
    "found.withdraw": _l("Took back a place they had proposed"),
    "address.lift": _l("Said that an e-mail address works"),
    "address.settle": _l("Noted how somebody without a working address is reached"),
    "address.stop": _l("Stopped mail to an e-mail address"),
    "job.retry": _l("Tried a job again"),
    "job.run_now": _l("Had a regular job done at once"),
    "text.ask": _l("Asked for text messages"),
    "text.confirm": _l("Said yes to text messages, from the phone"),
    "text.stop": _l("Stopped text messages"),
    "message.choose": _l("Chose how they are written to"),
    "message.hours": _l("Changed the hours in which nothing is sent"),
    "letters.again": _l("Had letters written again"),
    "limit.add": _l("Added a limit"),
    "limit.change": _l("Changed a limit"),
    "limit.remove": _l("Removed a limit"),
    "link.create": _l("Made a family link"),
    "link.revoke": _l("Revoked a family link"),
    "posting.approve": _l("Approved a posting"),
    "posting.change": _l("Opened a posting for a change"),
    "posting.close": _l("Closed a posting"),
    "posting.create": _l("Began a posting"),
    "posting.duplicate": _l("Copied a posting"),
    "posting.pause": _l("Paused a posting"),
    "posting.resume": _l("Took a posting up again"),
    "posting.send_back": _l("Sent a posting back"),
    "posting.submit": _l("Sent a posting to the district"),
    "posting.take_back": _l("Took a posting back"),
    "list.export": _l("Took a list away as a file"),
    "offering.seats": _l("Changed the seats of an opportunity"),
    "pin.forbid": _l("Forbade a pair"),
    "pin.unseal": _l("Opened a sealed reason"),
    "pin.remove": _l("Took back what was required or forbidden"),
    "pin.require": _l("Required a pair"),
    "round.collect": _l("Changed when a round collects"),
    "portfolio.change": _l("Changed what their portfolio shows"),
    "portfolio.file_add": _l("Added a file to their portfolio"),
    "portfolio.file_remove": _l("Removed a file from their portfolio"),
    "portfolio.share": _l("Made a link to their portfolio"),
    "portfolio.unshare": _l("Ended a link to their portfolio"),
    "placement.add": _l("Placed a student singly"),
    "placement.end": _l("Ended a placement"),
    "placement.repair": _l("Published a repair run as changes"),
    "submission.on_behalf": _l("Wrote down what a student said"),
    "round.join": _l("Let a late student take part"),
    "round.change": _l("Changed a round's name, dates or goals"),
    "round.create": _l("Created a round"),
    "round.export_full": _l("Exported a round with names"),
    "round.import": _l("Imported files into a round"),
    "round.import_discard": _l("Dropped files for a round unused"),
    "round.publish": _l("Published placements"),
    "round.withdraw": _l("Withdrew a publication"),
    "evaluation.give": _l("Rated a student"),
    "evaluation.missing": _l("Completed without a final evaluation"),
    "evaluation.set_aside": _l("Set an evaluation aside"),
    "plan.skills": _l("Changed the skills of a placement"),
    "prompt.decide": _l("Decided about a prompt"),
    "prompt.propose": _l("Proposed a prompt"),
    "rating.link": _l("Made a link to rate"),
    "rating.link_revoke": _l("Revoked a link to rate"),
    "reflection.choose": _l("Chose who reads a reflection"),
    "reflection.comment": _l("Commented on a reflection"),
    "reflection.hand_in": _l("Handed in a reflection"),
    "report.qualifying": _l("Decided what counts as work-based learning"),
    "report.setting": _l("Decided from when on reports point at something"),
    "cte.change": _l("Changed what is known of a student's career education"),
    "cte.import": _l("Imported concentrators and graduation years"),
    "thanks.pass": _l("Passed on a student's thank-you"),
    "thanks.send_back": _l("Asked a student to write a thank-you anew"),
    "thanks.write": _l("Thanked an employer"),
    "rubric.change": _l("Changed the draft of a rubric"),
    "rubric.discard": _l("Dropped the draft of a rubric"),
    "rubric.draft": _l("Began the draft of a rubric"),
    "rubric.in_force": _l("Put a rubric in force"),
    "site.rate": _l("Said how the site is"),
    "site.seen": _l("Followed up how a site was rated"),
    "run.advice": _l("Asked what would place more"),
    "run.done": _l("Solved a round"),
    "run.failed": _l("Could not solve a round"),
    "run.queue": _l("Asked for a solve"),
    "run.stop": _l("Stopped a solve"),
    "run.stopped": _l("The solve ended without a result"),
    "placement.accept": _l("Accepted a place"),
    "placement.decline": _l("Said no to a place"),
    "submission.begin": _l("Began in a round"),
    "submission.submit": _l("Handed in for a round"),
}


def action_label(action: str) -> str:
    """What an audit row records."""
    return str(ACTIONS.get(action, action))


_ACTORS: Mapping[str, LazyString] = {
    "family_link": _l("A family, by its link"),
    "posting_link": _l("An employer, by a link"),
    "hours_link": _l("A mentor, by a link"),
    "signing_link": _l("Somebody at a workplace, by a link"),
    "rating_link": _l("A mentor, by a link"),
    "visitor": _l("Somebody on the public page"),
    "student": _l("A student"),
    "worker": _l("The worker"),
    "command": _l("A command on the server"),
    "user": _l("A user"),
}


def actor_label(kind: str) -> str:
    """Who acted, where it was no user with a name."""
    return str(_ACTORS.get(kind, kind))


_SUBJECTS: Mapping[str, LazyString] = {
    "bulk_action": _l("Action on many"),
    "safety_concern": _l("Safety concern"),
    "safety_number": _l("Number for safety"),
    "incident": _l("Incident"),
    "credential": _l("Credential"),
    "signing_key": _l("Key for credentials"),
    "district": _l("District"),
    "family_link": _l("Family link"),
    "opportunity": _l("Posting"),
    "employer": _l("Employer"),
    "interview": _l("Interview"),
    "found_place": _l("Place found by a student"),
    "invitation": _l("Invitation"),
    "prospect_upload": _l("File of prospects"),
    "prompt": _l("Prompt"),
    "rubric_version": _l("Rubric"),
    "family_question": _l("Question of a family"),
    "guardian": _l("Guardian"),
    "membership": _l("Role of a user"),
    "outbox_item": _l("Job"),
    "due_job": _l("Regular job"),
    "calendar_feed": _l("Address of a calendar"),
    "text_consent": _l("Text messages to somebody"),
    "unreachable": _l("E-mail address that does not work"),
    "message_choice": _l("How somebody is written to"),
    "learned": _l("What was learned"),
    "list": _l("List"),
    "offering": _l("Opportunity in a round"),
    "pin": _l("Decision"),
    "placement": _l("Placement"),
    "roster_import": _l("Roster"),
    "round": _l("Round"),
    "signature": _l("Signature"),
    "student": _l("Student"),
    "solve_run": _l("Run"),
    "submission": _l("Submission"),
    "user": _l("User"),
}


def subject_label(subject: str) -> str:
    """What kind of thing an audit row is about."""
    return str(_SUBJECTS.get(subject, subject))


def detail_words(details: Mapping[str, Any]) -> list[str]:
    """What an audit row says beyond its action; identifiers, which only a program reads, are left out."""
    said = []
    if "asked" in details:
        said.append(_("%(granted)s of %(asked)s answered with yes", **details))
    if details.get("waits"):
        said.append(_("waits for an interpreter"))
    if details.get("sealed"):
        said.append(_("with a sealed reason"))
    if "standing" in details:
        said.append(standing_label(str(details["standing"])))
    if "language" in details:
        said.append(language_name(str(details["language"]).replace("_", "-")))
    if "kind" in details and "count" in details:
        said.append(f"{retained_label(str(details['kind']))}: {details['count']}")
    number = details.get("number", details.get("run"))
    if number is not None:
        said.append(_("Run %(number)s", number=number))
    counted = {
        "placed": lambda n: ngettext("%(num)s placement", "%(num)s placements", n),
        "students": lambda n: ngettext("%(num)s student", "%(num)s students", n),
        "opportunities": lambda n: ngettext("%(num)s opportunity", "%(num)s opportunities", n),
        "occupations": lambda n: ngettext("%(num)s occupation", "%(num)s occupations", n),
        "preferences": lambda n: ngettext("%(num)s preference", "%(num)s preferences", n),
    }
    kept, replaced = details.get("own_kept", 0), details.get("own_replaced", 0)
    if kept:
        said.append(ngettext("%(num)s student's own words kept", "%(num)s students' own words kept", kept))
    if replaced:
        said.append(
            ngettext("%(num)s student's own words replaced", "%(num)s students' own words replaced", replaced)
        )
    return said + [words(details[name]) for name, words in counted.items() if name in details]


def action_option(action: str) -> tuple[str, str]:
    return action, action_label(action)


FILTERS = (action_label, action_option, actor_label, detail_words, subject_label)
