"""Families' pages, letters and mail in five languages: nothing is left in English, nothing reads wrongly."""

from __future__ import annotations

import io
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from unicodedata import normalize
from xml.etree.ElementTree import Element

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import select

from tests.pages import parse
from tests.wbl.family_support import guardians_reading, opened, read_in, untranslated
from tests.wbl.mailbox import body_of, delivered
from tests.wbl.published import NEAR, published_place
from wbl.db import db, transaction
from wbl.family.models import FamilyQuestion
from wbl.guardians import answering, services
from wbl.jobs.worker import work_on_next_item
from wbl.letters.models import Letter
from wbl.people import languages
from wbl.placements.models import Signature

FAMILIES = (("vi", "vi"), ("ar", "ar"), ("zh-CN", "zh_Hans"))
# Ana is 15 here: the law has most to say. She walks, and is placed with a permit.
YOUNG = NEAR.replace("2010-03-04", "2011-08-04")
POLICY = 'format = 1\non_date = 2027-01-11\n\n[law]\njurisdictions = ["US", "US-NM"]\n'
DATA = {
    "Throughline", "PDF", "Ana", "Castillo", "Rosa", "Bayou", "Clinic", "English", "Pat", "Example", "HO",
    "CFR", "NMAC", "District", "clinic", "pat", "example", "office", "district", "Reyes", "Levee", "Main",
    "Street", "North", "High", "What", "else", "Spring", "internships", "Espa", "ol",
}  # fmt: skip
WORD = re.compile(r"[A-Za-z]{2,}")


def english_words(page: str) -> set[str]:
    """Words in Latin letters on a page, without those that are said to be English, and without data."""

    def said(element: Element) -> str:
        unread = element.tag in ("head", "script", "style", "header") or element.get("lang") == "en"
        inside = "" if unread else (element.text or "") + " ".join(map(said, element))
        return f"{inside} {element.tail or ''}"

    return set(WORD.findall(said(parse(page)))) - DATA


@pytest.mark.parametrize(("tag", "language"), FAMILIES)
def test_nothing_is_left_in_english(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, tag: str, language: str
) -> None:
    published = published_place(students=YOUNG, guardians=guardians_reading(tag), **{"policy.toml": POLICY})
    token = published.token("Rosa Castillo")
    with untranslated(monkeypatch) as missing:
        pages = [client.get(f"/f/{token}").get_data(as_text=True), opened(client, token)]
        assert f'lang="{language.replace("_", "-")}"' in pages[1]
        assert ('dir="rtl"' in pages[1]) is (language == "ar")
        pages.append(client.post(f"/f/{token}/answers", data={"read_in": language}).get_data(as_text=True))
        assert client.post(f"/f/{token}/answers", data=read_in(language)).status_code == 302
        pages.append(client.post(f"/f/{token}/questions", data={"question": ""}).get_data(as_text=True))
        for _time in range(6):
            answer = client.post(f"/f/{token}/questions", data={"question": "What else?"})
        pages.append(answer.get_data(as_text=True))
        first = db.session.scalars(select(FamilyQuestion.id)).first()
        signature = db.session.scalars(select(Signature.id)).one()
        with transaction():
            services.dismiss(published.place.actor, signature)
        assert first is not None
        pages.append(client.get(f"/f/{token}").get_data(as_text=True))
        browser = {"Accept-Language": tag}
        pages.append(client.get("/f/nothing", headers=browser).get_data(as_text=True))
        pages.append(client.post("/f/nothing", headers=browser).get_data(as_text=True))  # no such method
        with transaction():
            answering.answer(published.place.actor, first, "Nothing else.")
        while work_on_next_item():
            pass
    assert missing == set()
    if language != "vi":
        assert [english_words(page) for page in pages] == [set()] * len(pages)
    assert len(list(Path(app.config["MAIL_FOLDER"]).glob("answer-*.eml"))) == 1


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [("zh-TW", "en"), ("zh", "zh-Hans"), ("ar-EG,en;q=0.5", "ar"), ("fr,vi;q=0.8", "vi"), ("es-MX", "es")],
)
def test_before_a_link_opens_the_browser_says_which_language(
    app: Flask, client: FlaskClient, accept: str, chosen: str
) -> None:
    page = client.get("/f/nothing", headers={"Accept-Language": accept}).get_data(as_text=True)
    assert f'<html lang="{chosen}"' in page


def test_a_reader_chooses_a_language_for_the_own_link_alone(app: Flask, client: FlaskClient) -> None:
    published = published_place(guardians=guardians_reading("vi"))
    mine, other = published.token("Rosa Castillo"), published.token("Mia Ochoa")
    page = opened(client, mine)
    switches = re.findall(r'name="language" value="(\w+)"', page)
    assert switches == ["vi", "en", "es", "ar", "zh_Hans"]  # the own one first
    assert client.post(f"/f/{mine}/language", data={"language": "ar"}).status_code == 302
    assert 'dir="rtl"' in client.get(f"/f/{mine}").get_data(as_text=True)
    assert client.post(f"/f/{mine}/language", data={"language": "xx"}).status_code == 302
    assert 'dir="rtl"' in client.get(f"/f/{mine}").get_data(as_text=True)
    assert 'lang="en"' in opened(client, other)


def test_a_language_that_is_not_offered_comes_in_english(app: Flask, client: FlaskClient) -> None:
    """With a line, in English and in their own language, that an interpreter can be asked for."""
    published = published_place(guardians=guardians_reading("vi"))
    district = published.place.district
    token = published.token("Rosa Castillo")
    assert "interpreter" not in opened(client, token)
    client.post(f"/f/{token}/language", data={"language": "vi"})  # kept in this browser
    with transaction():
        languages.offer(published.place.actor, district, "vi", False)
        languages.offer(published.place.actor, district, "vi", False)  # twice is once
    page = client.get(f"/f/{token}").get_data(as_text=True)
    assert '<html lang="en"' in page and "You can ask the school for an interpreter." in page
    assert '<p lang="vi" dir="auto">' in page and "xin nhà trường một thông dịch viên" in page
    assert re.findall(r'name="language" value="(\w+)"', page) == ["en", "es", "ar", "zh_Hans"]
    client.post(f"/f/{token}/language", data={"language": "vi"})
    assert '<html lang="en"' in client.get(f"/f/{token}").get_data(as_text=True)
    pdf = client.get(f"/f/{token}/letter.pdf").data
    letter = " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())
    assert "Dear Rosa Castillo and family" in letter and "ask the school for an interpreter" in letter
    with transaction():
        languages.mark_reviewed(published.place.actor, district, "vi")
    assert "vi" not in languages.signing_languages(district.id)
    mails = {mail["To"]: body_of(mail) for mail in delivered(app)}
    assert "ask the school for an interpreter" in mails["rosa@home.example"]
    assert "interpreter" not in mails["mia@home.example"]  # she reads English
    with transaction():
        languages.offer(published.place.actor, district, "vi", True)
    assert '<html lang="vi"' in client.get(f"/f/{token}").get_data(as_text=True)
    assert "vi" in languages.signing_languages(district.id)


def missing_glyphs(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What WeasyPrint says of characters that no font here has, and that it draws as boxes."""
    return [line for line in caplog.messages if "notdef" in line]


def test_a_missing_glyph_would_be_noticed(caplog: pytest.LogCaptureFixture) -> None:
    from weasyprint import HTML

    HTML(string="<p>Ana \u0639 \u4e2d</p>").write_pdf()
    assert missing_glyphs(caplog) == []
    HTML(string="<p>Ana \U00012000</p>").write_pdf()  # cuneiform
    assert len(missing_glyphs(caplog)) == 1


@pytest.mark.slow
@pytest.mark.parametrize(("tag", "language"), FAMILIES)
def test_letters_draw_every_character(
    app: Flask,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
    tag: str,
    language: str,
) -> None:
    app.config["CLOCK"] = lambda: datetime(2027, 1, 4, 18, tzinfo=UTC)
    with untranslated(monkeypatch) as missing:
        published = published_place(letters=True, guardians=guardians_reading(tag))
    assert missing == set()
    letter = db.session.scalars(
        select(Letter).where(Letter.placement_id == published.placement("S1").id)
    ).one()
    assert letter.language == language
    assert letter.pdf is not None
    assert missing_glyphs(caplog) == []
    reader = PdfReader(io.BytesIO(letter.pdf))
    assert len(reader.pages) == 1
    assert reader.trailer["/Root"]["/Lang"] == language.replace("_", "-")
    path = tmp_path / "letter.pdf"
    path.write_bytes(letter.pdf)
    fonts = subprocess.run(["pdffonts", path], capture_output=True, text=True, check=True).stdout
    rows = [line.split() for line in fonts.splitlines()[2:]]
    assert rows and all("yes" in row for row in rows)  # embedded
    assert ("Droid" in fonts) is (language == "zh_Hans")
    words = subprocess.run(
        ["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True
    ).stdout
    # Letters joined on paper are stored as the forms they take there; read back they are the letters.
    plain = normalize("NFKC", re.sub("[\u2066-\u2069\u200e\u200f\u202a-\u202e]", "", words))
    for said in SAID[language]:
        assert said in plain, said
    assert "\ufffd" not in plain and "□" not in plain
    assert "555-0103" in plain and "1 Main Street" in plain and "70000" in plain


SAID = {
    "vi": ("Kính gửi Rosa Castillo và gia đình,", "Thứ Ba, 15:30 đến 17:30", "Cần mang theo"),
    "ar": ("المكان", "التواريخ", "إحضاره", "يناير", "تحية"),
    "zh_Hans": ("尊敬的 Rosa Castillo 及家人", "星期二", "需要带的东西", "2027年1月4日"),
}


@pytest.mark.slow
def test_an_arabic_letter_is_read_from_the_right(app: Flask, tmp_path: Path) -> None:
    """The terms stand at the right, the text beside them ends there, and numbers keep their direction."""
    published_place(letters=True, guardians=guardians_reading("ar"))
    letter = db.session.scalars(select(Letter).where(Letter.language == "ar")).one()
    path = tmp_path / "letter.pdf"
    path.write_bytes(letter.pdf or b"")
    boxes = subprocess.run(
        ["pdftotext", "-bbox", path, "-"], capture_output=True, text=True, check=True
    ).stdout
    lines: dict[int, dict[str, float]] = {}
    for left, top, word in re.findall(r'<word xMin="([\d.]+)" yMin="([\d.]+)"[^>]*>([^<]*)</word>', boxes):
        # Words are listed as they stand on paper, from the left: Arabic ones with the last letter first.
        plain = normalize("NFKC", word)
        plain = plain[::-1] if re.search("[\u0600-\u06ff]", plain) else plain
        lines.setdefault(round(float(top) / 5), {})[plain] = float(left)
    where = {word: found for found in lines.values() for word in found}
    times, address = where["5:30"], where["Street"]
    assert where["التواريخ"]["التواريخ"] > 400 > times["من"]  # the terms stand at the right; 612 points wide
    assert times["من"] > times["3:30"] > times["إلى"] > times["5:30"]  # from 3:30 to 5:30, leftwards
    assert address["1"] < address["Main"] < address["Street"]  # English, and read on to the right
    assert "555-0103" in where
