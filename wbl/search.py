"""Finding words in columns, whatever their case: "Ángel" is found by "ángel" on every database."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from wbl.db import FOLD


class _Folded(FunctionElement[str]):
    """Text in small letters. SQLite's own ``lower`` knows only the letters from A to Z."""

    type = Text()
    inherit_cache = True


@compiles(_Folded)
def _lower(element: _Folded, compiler: SQLCompiler, **options: Any) -> str:
    return f"lower({compiler.process(element.clauses, **options)})"


@compiles(_Folded, "sqlite")
def _lower_on_sqlite(element: _Folded, compiler: SQLCompiler, **options: Any) -> str:
    return f"{FOLD}({compiler.process(element.clauses, **options)})"


def contains(column: Any, text: str) -> ColumnElement[bool]:
    """Whether the column holds exactly this text, anywhere, in small or capital letters."""
    escaped = text.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return _Folded(column).like(f"%{escaped}%", escape="\\")
