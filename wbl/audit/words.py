"""Rows of the record in words: what was done, by whom, on what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from wbl.labels import language_name, retained_label, standing_label


def action_label(action: str) -> str:
    """What an audit row records."""
    names = {
        "account.close": _("Closed an account"),
        "account.open": _("Opened an account again"),
        "account.password_mail": _("Mailed a link to a new password"),
        "calendar.make": _("Made an address for their calendar"),
        "calendar.revoke": _("Ended an address of their calendar"),
        "caseload.set": _("Changed a caseload"),
        "credential.issue": _("Issued a credential"),
        "credential.key": _("Began a new key for credentials"),
        "credential.revoke": _("Revoked a credential"),
        "credential.share": _("Made a link to a credential of their own"),
        "credential.unshare": _("Ended a link to a credential of their own"),
        "district.codes_off": _("Asked staff for no codes any more"),
        "district.codes_on": _("Asked staff for one-time codes"),
        "district.file": _("Changed the district's calendar or labor rules"),
        "district.file_drop": _("Dropped the district's calendar or labor rules"),
        "district.provider": _("Changed the sign-in at the district's provider"),
        "district.retention": _("Decided how long records are kept"),
        "concern.raise": _("Raised a safety concern"),
        "concern.say": _("Added to a safety concern"),
        "concern.read": _("Opened a safety concern and read it"),
        "concern.note": _("Wrote a note on a safety concern"),
        "concern.answer": _("Answered a safety concern"),
        "concern.place": _("Corrected what a safety concern is about"),
        "concern.report": _("Noted that a report required by law was made"),
        "concern.close": _("Closed a safety concern"),
        "concern.reopen": _("Opened a safety concern again"),
        "incident.read": _("Opened the record of an incident and read it"),
        "incident.keep": _("Recorded an incident"),
        "incident.correct": _("Corrected the record of an incident"),
        "incident.close": _("Closed the record of an incident"),
        "incident.reopen": _("Opened the record of an incident again"),
        "safety.contact": _("Named a safety contact of a school"),
        "safety.contact_end": _("Ended that somebody is a safety contact"),
        "safety.number": _("Added a number that students see"),
        "safety.number_drop": _("Removed a number that students see"),
        "retention.erase": _("Erased what was past its retention"),
        "roster.apply": _("Applied a roster"),
        "roster.discard": _("Dropped a roster unused"),
        "roster.setting": _("Changed how rosters are taken"),
        "role.give": _("Gave a role"),
        "role.take": _("Took a role away"),
        "learning.ask": _("Had worked out what placements taught"),
        "learning.bring_in": _("Brought what was learned into a round"),
        "learning.weights": _("Took suggested weights"),
        "account.codes_off": _("Turned one-time codes off"),
        "account.codes_on": _("Turned one-time codes on"),
        "account.create": _("Made a sign-in"),
        "account.password": _("Set a new password"),
        "account.password_own": _("Changed their own password"),
        "account.password_reset": _("Chose a new password by mail"),
        "account.recovery_codes": _("Made new recovery codes"),
        "account.sign_in": _("Signed in"),
        "account.sign_out": _("Signed out"),
        "occupations.import": _("Took occupations from O*NET"),
        "agreement.dismiss": _("Did not count a signature on a training agreement"),
        "agreement.interpreted": _("Counted a signature on a training agreement, with an interpreter"),
        "agreement.link": _("Made a link to sign a training agreement"),
        "agreement.link_revoke": _("Revoked a link to sign a training agreement"),
        "agreement.sign": _("Signed a training agreement"),
        "agreement.version": _("Made a new version of a training agreement"),
        "emergency.set": _("Changed emergency contacts"),
        "paperwork.active": _("Made a placement active"),
        "paperwork.allow": _("Said what is allowed beyond a placement"),
        "paperwork.complete": _("Completed a placement"),
        "paperwork.confirm": _("Confirmed supervisor and safety orientation"),
        "task.add": _("Added something to arrange"),
        "task.change": _("Changed something to arrange"),
        "task.close": _("Noted that something is arranged"),
        "task.open_again": _("Noted that something is not arranged after all"),
        "visit.log": _("Logged a visit of a place of work"),
        "visit.plan": _("Planned a visit of a place of work"),
        "bulk.nudge": _("Reminded students of a round"),
        "bulk.paper": _("Noted that students answer on paper"),
        "bulk.out": _("Took students out of a round"),
        "bulk.pin": _("Required or forbade many pairs"),
        "bulk.give_letters": _("Noted letters as handed over"),
        "bulk.undo": _("Took back what was done to many at once"),
        "consent.record": _("Recorded a consent given on paper"),
        "consent.give": _("Answered what an employer may be told"),
        "guardian.add": _("Put somebody on record who speaks for a student"),
        "guardian.settle": _("Settled who may sign and who may be told"),
        "language.offer": _("Offered families a language"),
        "language.withhold": _("Offered families a language no longer"),
        "language.review": _("Marked a language of families as reviewed"),
        "language.unreview": _("Took back that a language is reviewed"),
        "question.answer": _("Answered a family's question"),
        "question.ask": _("Asked the school a question"),
        "sealed.grant": _("Let somebody open sealed reasons"),
        "sealed.end": _("Ended that somebody opens sealed reasons"),
        "signature.dismiss": _("Did not count a signature"),
        "signature.interpreted": _("Counted a signature, with an interpreter"),
        "youth.end": _("Ended that a student signs alone"),
        "youth.sign_alone": _("Let a student sign alone"),
        "district.create": _("Set up the district"),
        "district.edit": _("Changed what letters say of the district"),
        "employer.add": _("Added an employer"),
        "employer.change": _("Changed what is said of an employer"),
        "employer.hand_over": _("Handed an employer over"),
        "employer.site": _("Changed an employer's place of work"),
        "outreach.change": _("Noted where an employer stands"),
        "outreach.import": _("Added prospects from a file"),
        "hours.absent": _("Said that they cannot come today"),
        "hours.answer": _("Confirmed hours, or asked about them"),
        "hours.link": _("Made a link to confirm hours"),
        "hours.link_revoke": _("Revoked a link to confirm hours"),
        "hours.payroll": _("Took hours away for payroll"),
        "hours.send": _("Sent the hours of a week"),
        "hours.setting": _("Decided what hours are worth"),
        "hours.settle": _("Dealt with a breach of the law of hours"),
        "hours.write": _("Wrote down or changed hours"),
        "interview.agree": _("Agreed to an interview"),
        "interview.begin": _("Asked the students of a shortlist"),
        "interview.date": _("Set the date of an interview"),
        "interview.decide": _("Decided after an interview"),
        "interview.decline": _("Declined an interview"),
        "interview.guardian": _("Recorded a guardian's yes to an interview"),
        "interview.pins": _("Made decisions of interviews into pins"),
        "posting.confirm": _("Confirmed a posting"),
        "posting.correct": _("Asked for a correction of a posting"),
        "posting.link": _("Made a link to confirm a posting"),
        "vetting.check": _("Checked an item of a vetting"),
        "vetting.remind": _("Reminded of a vetting that lapses"),
        "vetting.rule": _("Decided who is vetted"),
        "vetting.take_back": _("Took back an item of a vetting"),
        "invitation.accept": _("Took an invitation"),
        "invitation.revoke": _("Took an invitation back"),
        "invitation.send": _("Invited somebody"),
        "found.accept": _("Accepted a place that a student found"),
        "found.decline": _("Did not accept a place that a student found"),
        "found.employer": _("Said whose place a student found"),
        "found.propose": _("Proposed a place they found"),
        "found.withdraw": _("Took back a place they had proposed"),
        "address.lift": _("Said that an e-mail address works"),
        "address.settle": _("Noted how somebody without a working address is reached"),
        "address.stop": _("Stopped mail to an e-mail address"),
        "job.retry": _("Tried a job again"),
        "job.run_now": _("Had a regular job done at once"),
        "text.ask": _("Asked for text messages"),
        "text.confirm": _("Said yes to text messages, from the phone"),
        "text.stop": _("Stopped text messages"),
        "message.choose": _("Chose how they are written to"),
        "message.hours": _("Changed the hours in which nothing is sent"),
        "letters.again": _("Had letters written again"),
        "limit.add": _("Added a limit"),
        "limit.change": _("Changed a limit"),
        "limit.remove": _("Removed a limit"),
        "link.create": _("Made a family link"),
        "link.revoke": _("Revoked a family link"),
        "posting.approve": _("Approved a posting"),
        "posting.change": _("Opened a posting for a change"),
        "posting.close": _("Closed a posting"),
        "posting.create": _("Began a posting"),
        "posting.duplicate": _("Copied a posting"),
        "posting.pause": _("Paused a posting"),
        "posting.resume": _("Took a posting up again"),
        "posting.send_back": _("Sent a posting back"),
        "posting.submit": _("Sent a posting to the district"),
        "posting.take_back": _("Took a posting back"),
        "list.export": _("Took a list away as a file"),
        "offering.seats": _("Changed the seats of an opportunity"),
        "pin.forbid": _("Forbade a pair"),
        "pin.unseal": _("Opened a sealed reason"),
        "pin.remove": _("Took back what was required or forbidden"),
        "pin.require": _("Required a pair"),
        "round.collect": _("Changed when a round collects"),
        "portfolio.change": _("Changed what their portfolio shows"),
        "portfolio.file_add": _("Added a file to their portfolio"),
        "portfolio.file_remove": _("Removed a file from their portfolio"),
        "portfolio.share": _("Made a link to their portfolio"),
        "portfolio.unshare": _("Ended a link to their portfolio"),
        "placement.add": _("Placed a student singly"),
        "placement.end": _("Ended a placement"),
        "placement.repair": _("Published a repair run as changes"),
        "submission.on_behalf": _("Wrote down what a student said"),
        "round.join": _("Let a late student take part"),
        "round.change": _("Changed a round's name, dates or goals"),
        "round.create": _("Created a round"),
        "round.export_full": _("Exported a round with names"),
        "round.import": _("Imported files into a round"),
        "round.import_discard": _("Dropped files for a round unused"),
        "round.publish": _("Published placements"),
        "round.withdraw": _("Withdrew a publication"),
        "evaluation.give": _("Rated a student"),
        "evaluation.missing": _("Completed without a final evaluation"),
        "evaluation.set_aside": _("Set an evaluation aside"),
        "plan.skills": _("Changed the skills of a placement"),
        "prompt.decide": _("Decided about a prompt"),
        "prompt.propose": _("Proposed a prompt"),
        "rating.link": _("Made a link to rate"),
        "rating.link_revoke": _("Revoked a link to rate"),
        "reflection.choose": _("Chose who reads a reflection"),
        "reflection.comment": _("Commented on a reflection"),
        "reflection.hand_in": _("Handed in a reflection"),
        "report.qualifying": _("Decided what counts as work-based learning"),
        "report.setting": _("Decided from when on reports point at something"),
        "cte.change": _("Changed what is known of a student's career education"),
        "cte.import": _("Imported concentrators and graduation years"),
        "thanks.pass": _("Passed on a student's thank-you"),
        "thanks.send_back": _("Asked a student to write a thank-you anew"),
        "thanks.write": _("Thanked an employer"),
        "rubric.change": _("Changed the draft of a rubric"),
        "rubric.discard": _("Dropped the draft of a rubric"),
        "rubric.draft": _("Began the draft of a rubric"),
        "rubric.in_force": _("Put a rubric in force"),
        "site.rate": _("Said how the site is"),
        "site.seen": _("Followed up how a site was rated"),
        "run.advice": _("Asked what would place more"),
        "run.done": _("Solved a round"),
        "run.failed": _("Could not solve a round"),
        "run.queue": _("Asked for a solve"),
        "run.stop": _("Stopped a solve"),
        "run.stopped": _("The solve ended without a result"),
        "placement.accept": _("Accepted a place"),
        "placement.decline": _("Said no to a place"),
        "submission.begin": _("Began in a round"),
        "submission.submit": _("Handed in for a round"),
    }
    return names.get(action, action)


def actor_label(kind: str) -> str:
    """Who acted, where it was no user with a name."""
    names = {
        "family_link": _("A family, by its link"),
        "posting_link": _("An employer, by a link"),
        "hours_link": _("A mentor, by a link"),
        "signing_link": _("Somebody at a workplace, by a link"),
        "rating_link": _("A mentor, by a link"),
        "visitor": _("Somebody on the public page"),
        "student": _("A student"),
        "worker": _("The worker"),
        "command": _("A command on the server"),
        "user": _("A user"),
    }
    return names.get(kind, kind)


def subject_label(subject: str) -> str:
    """What kind of thing an audit row is about."""
    names = {
        "bulk_action": _("Action on many"),
        "safety_concern": _("Safety concern"),
        "safety_number": _("Number for safety"),
        "incident": _("Incident"),
        "credential": _("Credential"),
        "signing_key": _("Key for credentials"),
        "district": _("District"),
        "family_link": _("Family link"),
        "opportunity": _("Posting"),
        "employer": _("Employer"),
        "interview": _("Interview"),
        "found_place": _("Place found by a student"),
        "invitation": _("Invitation"),
        "prospect_upload": _("File of prospects"),
        "prompt": _("Prompt"),
        "rubric_version": _("Rubric"),
        "family_question": _("Question of a family"),
        "guardian": _("Guardian"),
        "membership": _("Role of a user"),
        "outbox_item": _("Job"),
        "due_job": _("Regular job"),
        "calendar_feed": _("Address of a calendar"),
        "text_consent": _("Text messages to somebody"),
        "unreachable": _("E-mail address that does not work"),
        "message_choice": _("How somebody is written to"),
        "learned": _("What was learned"),
        "list": _("List"),
        "offering": _("Opportunity in a round"),
        "pin": _("Decision"),
        "placement": _("Placement"),
        "roster_import": _("Roster"),
        "round": _("Round"),
        "signature": _("Signature"),
        "student": _("Student"),
        "solve_run": _("Run"),
        "submission": _("Submission"),
        "user": _("User"),
    }
    return names.get(subject, subject)


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
