"""What every template keeps to: the frame, the content policy, translation, no queries."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"

# Not pages: parts of pages, and documents with a frame of their own.
PARTS = ("base.html", "components", "letters", "emails")
MACROS = "parts.html"  # macros of one feature
# The gallery is for developers, and its content is sample data.
UNTRANSLATED = ("gallery",)

# Names that are the same in every language.
NAMES = {"Throughline", "CSV", "PDF", "RIASEC", "QR", "English", "Español"}
# Arguments whose text is read by nobody but the browser or the code.
TECHNICAL = re.compile(r"^[a-z0-9_./:#?&=%,;+()\[\]{}<>|* -]*$|^[A-Z][a-z]+(-[A-Z][a-z]+)+$|^[A-Z_]+$")
FIELD_TYPES = re.compile(r"^\w+Field$")
TRANSLATES = {"_", "gettext", "ngettext", "lazy_gettext"}
SAID_ATTRIBUTES = {"alt", "title", "placeholder", "aria-label", "content"}
WORD = re.compile(r"[^\W\d_]{2,}")

ALL = sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html"))
PAGES = [name for name in ALL if name.split("/")[0] not in PARTS and not name.endswith(MACROS)]
TRANSLATED = [name for name in ALL if name.split("/")[0] not in UNTRANSLATED]
ENVIRONMENT = Environment(extensions=["jinja2.ext.i18n"])


def source(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


def markup(text: str) -> str:
    """The template without Jinja: what is left is markup and literal text."""
    text = re.sub(r"\{#.*?#\}", "", text, flags=re.DOTALL)
    text = re.sub(r"\{% block width %\}\w*\{% endblock %\}", "", text)  # a class name, no text
    text = re.sub(r"\{%-?\s*trans\b.*?endtrans\s*-?%\}", "", text, flags=re.DOTALL)
    return re.sub(r"\{\{.*?\}\}|\{%.*?%\}", "", text, flags=re.DOTALL)


class LiteralText(HTMLParser):
    """Collects what a reader would read in whichever language: text and attributes that are said."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        quiet = tag in ("script", "style", "code") or dict(attrs).get("translate") == "no"
        if quiet or (self._silent and tag == self._silent[-1]):
            self._silent.append(tag)
        if tag != "meta":
            self.found += [value for key, value in attrs if key in SAID_ATTRIBUTES and value]

    def handle_endtag(self, tag: str) -> None:
        if self._silent and tag == self._silent[-1]:
            self._silent.pop()

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.found.append(data)


def literal_text(text: str) -> list[str]:
    parser = LiteralText()
    parser.feed(markup(text))
    return [piece.strip() for piece in parser.found if set(WORD.findall(piece)) - NAMES]


def called_name(call: nodes.Call) -> str:
    return call.node.name if isinstance(call.node, nodes.Name) else ""


def is_said(value: str) -> bool:
    technical = "<" in value or TECHNICAL.match(value) or FIELD_TYPES.match(value)
    return not technical and bool(set(WORD.findall(value)) - NAMES)


def literal_arguments(text: str) -> list[str]:
    """String constants in expressions that look like sentences and are not inside a translation."""
    found: list[str] = []

    def walk(node: nodes.Node) -> None:
        if isinstance(node, nodes.Call) and called_name(node) in TRANSLATES:
            return
        if isinstance(node, nodes.Const) and isinstance(node.value, str) and is_said(node.value):
            found.append(node.value)
        for child in node.iter_child_nodes():
            walk(child)

    walk(ENVIRONMENT.parse(text))
    return found


def inline_code(text: str) -> list[str]:
    """What the content policy would block."""
    found = re.findall(r"<style\b|\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|javascript:", markup(text))
    found += [tag for tag in re.findall(r"<script\b[^>]*>", text) if "src=" not in tag]
    return found + re.findall(r"(?:src|href)=[\"'](?:https?:)?//[^\"']*", markup(text))


def queries(text: str) -> list[str]:
    """Calls that would reach for the database from within a template."""
    reaching = r"\.query\b|\bdb\.|\bsession\.(?:execute|scalars?|get)\b|\.all\(\)|\.filter_by\(|\bselect\("
    return re.findall(reaching, text)


def chain(name: str) -> list[str]:
    """The template and what it extends, without comments, up to the frame."""
    text = re.sub(r"\{#.*?#\}", "", source(name), flags=re.DOTALL).lstrip()
    parent = re.match(r'\{%-? extends "([\w/]+\.html)" -?%\}', text)
    assert parent is not None, f"{name} does not begin by extending base.html or a layout that does"
    return [text] if parent[1] == "base.html" else [text, *chain(parent[1])]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_extends_the_frame_and_names_itself(name: str) -> None:
    filled = set(re.findall(r"\{%-? block (\w+)", "".join(chain(name))))
    is_layout = any(f'extends "{name}"' in source(other) for other in PAGES)
    assert "content" in filled
    assert "title" in filled or is_layout


@pytest.mark.parametrize("name", [name for name in ALL if not name.startswith("letters/")])
def test_nothing_inline_and_nothing_from_elsewhere(name: str) -> None:
    assert inline_code(source(name)) == []


@pytest.mark.parametrize("name", TRANSLATED)
def test_what_is_read_is_translated(name: str) -> None:
    assert literal_text(source(name)) + literal_arguments(source(name)) == []


@pytest.mark.parametrize("name", ALL)
def test_no_queries(name: str) -> None:
    assert queries(source(name)) == []


@pytest.mark.parametrize("name", sorted((TEMPLATES / "components").glob("*.html")))
def test_a_component_file_says_how_its_macros_are_called(name: Path) -> None:
    text = name.read_text(encoding="utf-8")
    head = text[: text.index("#}")]
    assert text.startswith("{#-")
    tree = ENVIRONMENT.parse(text)
    called = {called_name(call) for call in tree.find_all(nodes.Call)}
    for macro in tree.find_all(nodes.Macro):
        # A macro that others of the file call is a part of theirs.
        if macro.name not in called:
            assert macro.name in head, f"{macro.name} is not described at the head of the file"


def test_the_lint_finds_what_it_is_for() -> None:
    assert literal_text("<p>Saved at once</p>") == ["Saved at once"]
    assert literal_text('<img alt="A school"><p>{{ _("Saved") }}</p>') == ["A school"]
    assert literal_text('<span translate="no">Llave</span><code>HO5</code>{# note #}') == []
    assert literal_text('<b translate="no">Llave <b>y</b></b> saved') == ["saved"]
    assert literal_arguments('{{ button("Save the round", kind="quiet") }}') == ["Save the round"]
    assert literal_arguments('{{ button(_("Save %(name)s", name="x"), href="/a") }}') == []
    assert inline_code('<p style="color:red">') and inline_code('<button onclick="go()">')
    assert inline_code("<script>go()</script>") and inline_code('<img src="https://elsewhere.example/x.png">')
    assert not inline_code('<script type="module" src="/static/js/main.js"></script>')
    assert queries("{{ Student.query.all() }}") == [".query", ".all()"]


def names_set(name: str) -> set[str]:
    """The names that a template sets outside of its blocks and macros."""
    tree = ENVIRONMENT.parse(source(name))
    targets = [node.target for node in tree.body if isinstance(node, nodes.Assign)]
    return {one.name for target in targets for one in target.find_all(nodes.Name)} | {
        target.name for target in targets if isinstance(target, nodes.Name)
    }


FRAME = names_set("base.html") - {"bare"}  # which a page may ask for


def test_the_frame_is_read() -> None:
    assert {"language", "nav_items"} <= FRAME


@pytest.mark.parametrize("name", PAGES)
def test_no_page_sets_a_name_of_the_frame(name: str) -> None:
    """The frame sets it again before the page's blocks are shown, so that they would read the frame's."""
    assert not names_set(name) & FRAME
