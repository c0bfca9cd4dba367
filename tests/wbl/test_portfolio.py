"""A portfolio: what its student ticked and no more, for whom they give a link, and on paper."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from pypdf import PdfReader
from sqlalchemy import func, select, update

from tests import factories as make
from tests.wbl.paperwork_support import MOMENT, Chain, at
from tests.wbl.published import student_user
from tests.wbl.test_credentials import LATER, completed_chain, issued
from wbl.accounts.models import User
from wbl.agreements.models import Paperwork
from wbl.credentials import issuing, tokens
from wbl.credentials.models import RevocationReason
from wbl.credentials.reading import said as as_read
from wbl.db import db, transaction
from wbl.errors import DomainError, NotFound
from wbl.hours.models import EntryState, TimeEntry
from wbl.portfolio import keeping, queries, uploads
from wbl.portfolio.models import Artefact, ArtefactKind
from wbl.reflections.models import Phase, Reflection

SignIn = Callable[..., FlaskClient]
PDF = b"%PDF-1.7\n%%EOF"


def photo(**kept: object) -> bytes:
    """A photo that says where it was taken, and that it lies on its side."""
    image, written = Image.new("RGB", (40, 20), "red"), io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "at home"
    image.save(written, format="JPEG", exif=exif, **kept)
    return written.getvalue()


def worked(chain: Chain, minutes: int, state: EntryState) -> TimeEntry:
    return TimeEntry(
        placement_id=chain.placement_id,
        uid=str(minutes),
        worked_on=MOMENT.date(),
        started_at=MOMENT,
        ended_at=MOMENT + timedelta(minutes=minutes),
        minutes=minutes,
        state=state,
    )


def reflected(chain: Chain, number: int, answer: str, chosen: bool) -> Reflection:
    asked = {"code": "q", "scale": False, "words": {"en": "What can you do now?"}}
    return Reflection(
        placement_id=chain.placement_id,
        phase=Phase.WEEKLY if number else Phase.AFTER,
        number=number,
        answers={"q": answer},
        prompts=[asked],
        saved_at=MOMENT,
        handed_in_at=MOMENT,
        in_portfolio=chosen,
    )


def test_it_shows_what_is_ticked_and_no_more(app: Flask, sign_in: SignIn, client: FlaskClient) -> None:
    chain = completed_chain(app)
    with transaction() as session:
        session.add_all([worked(chain, 90, EntryState.CONFIRMED), worked(chain, 60, EntryState.SUBMITTED)])
        session.add_all([reflected(chain, 0, "I can ask.", True), reflected(chain, 1, "Kept back.", False)])
    document = issued(chain)
    credential_id = document.credential_id
    assert as_read(tokens.parse(document.token).payload).hours == "1.5"  # what a mentor confirmed
    user = db.session.get_one(User, chain.student.id)
    browser = sign_in(user)
    assert "I can ask." in browser.get("/my-portfolio").get_data(as_text=True)
    for title, data in (("My plan", PDF), ("My secret", photo())):
        sent = {"what": title, "file": (io.BytesIO(data), "a.bin")}
        assert browser.post("/my-portfolio/files", data=sent).status_code == 302
    wrong = {"what": "Page", "file": (io.BytesIO(b"<svg onload=alert(1)>"), "a.svg")}
    assert browser.post("/my-portfolio/files", data=wrong).status_code == 422
    plan, secret = db.session.scalars(select(Artefact.id).order_by(Artefact.id))
    said = {
        "about": "I build <things>.",
        "capstone_title": "A greenhouse",
        "placements": [chain.placement_id],
    }
    browser.post("/my-portfolio", data={**said, "credentials": [credential_id], "artefacts": [plan]})
    paper = browser.get("/my-portfolio/resume.pdf")
    printed = PdfReader(io.BytesIO(paper.get_data()))
    text = printed.pages[0].extract_text()
    assert "Ana Castillo" in text and "A greenhouse" in text and "My secret" not in text
    assert printed.trailer["/Root"]["/MarkInfo"]["/Marked"]  # type: ignore[index]
    assert b"pdfuaid" in printed.trailer["/Root"]["/Metadata"].get_object().get_data()  # type: ignore[index]
    browser.post("/sign-out")

    with transaction() as session:
        session.execute(update(Paperwork).values(directory_information=True))
    with transaction():
        token = keeping.share(chain.student, 30).token
    assert "Ana" not in client.get(f"/s/{token}").get_data(as_text=True)
    assert client.get(f"/s/{token}/resume.pdf").headers["Location"] == f"/s/{token}"
    client.post(f"/s/{token}/open")
    page = client.get(f"/s/{token}").get_data(as_text=True)
    assert "I can ask." in page and "Kept back." not in page and "1.5" in page
    for there in (
        "Ana Castillo",
        "I build &lt;things&gt;.",
        "A greenhouse",
        "My plan",
        f"/s/{token}/files/{plan}",
    ):
        assert there in page
    for absent in ("My secret", "Rosa", "S1"):
        assert absent not in page
    file = client.get(f"/s/{token}/files/{plan}")
    assert file.get_data() == PDF and file.headers["Content-Disposition"].startswith("attachment")
    assert client.get(f"/s/{token}/files/{secret}").status_code == 404
    with transaction():
        issuing.revoke(chain.coordinator, credential_id, RevocationReason.WRONG)
    assert "/credentials/" not in client.get(f"/s/{token}").get_data(as_text=True)


def test_a_link_ends_by_itself_by_its_student_and_by_the_family(app: Flask, client: FlaskClient) -> None:
    chain = completed_chain(app)
    with pytest.raises(DomainError, match="your family says"), transaction():
        keeping.share(chain.student, 30)
    with transaction() as session:
        session.execute(update(Paperwork).values(directory_information=True))
    made = []
    for _number in range(2):
        with transaction():
            link = keeping.share(chain.student, 30)
            made.append((link.id, link.token))
    (first, ended), (_second, open_one) = made
    other = make.actor(student_user(chain.published, "S2"))
    with pytest.raises(NotFound), transaction():
        keeping.unshare(other, first)
    with transaction():
        keeping.unshare(chain.student, first)
    assert client.get(f"/s/{ended}").status_code == 404
    assert client.get(f"/s/{open_one}").status_code == 200
    at(app, LATER + timedelta(days=31))
    assert client.get(f"/s/{open_one}").status_code == 404
    at(app, LATER)
    with transaction() as session:
        session.execute(update(Paperwork).values(directory_information=False))
    assert client.get(f"/s/{open_one}").status_code == 404


def test_of_others_nothing_is_taken_or_shown(app: Flask, sign_in: SignIn) -> None:
    chain = completed_chain(app)
    credential_id = issued(chain).credential_id
    with transaction():
        theirs = keeping.add(chain.student, "My plan", PDF).id
    other = student_user(chain.published, "S2")
    with transaction():
        found = keeping.save(
            make.actor(other),
            keeping.Words(about="Me"),
            placements=[chain.placement_id],
            credentials=[credential_id],
            artefacts=[theirs],
        )
        assert (found.placements, found.credentials) == ([], [])
    assert not db.session.get_one(Artefact, theirs).shown
    browser = sign_in(other)
    assert browser.get(f"/my-portfolio/files/{theirs}").status_code == 404
    assert browser.post(f"/my-portfolio/files/{theirs}/remove").status_code == 404
    assert len(queries.artefacts(chain.published.placement("S1").student_id)) == 1


def test_files_are_few_and_small_and_a_photo_forgets_where_it_was_taken(app: Flask) -> None:
    chain = completed_chain(app)
    kind, kept = uploads.checked(photo())
    with Image.open(io.BytesIO(kept)) as image:
        assert (kind, image.size, len(image.getexif())) == (ArtefactKind.JPEG, (20, 40), 0)
    assert b"at home" not in kept
    for broken in (
        b"",
        b"GIF89a",
        b"\x89PNG\r\n\x1a\nnothing",
        b"\xff\xd8\xff",
        PDF + b" " * uploads.LARGEST,
    ):
        with pytest.raises(DomainError):
            uploads.checked(broken)
    for number in range(keeping.MOST_FILES):
        with transaction():
            keeping.add(chain.student, f"Plan {number}", PDF)
    with pytest.raises(DomainError), transaction():
        keeping.add(chain.student, "One too many", PDF)
    assert db.session.scalar(select(func.count()).select_from(Artefact)) == keeping.MOST_FILES
