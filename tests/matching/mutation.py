"""Taking one check out of ``verify`` at a time: every place that reports something, neutralised.

A check is a call that adds a violation (or a ``raise NotChecked``). It is found in the syntax tree
of its module, and the code of the function around it is replaced by one in which the call is only
looked at, not made.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FunctionType, ModuleType

import matching.verify
from matching.verify.program import NotChecked
from matching.verify.violations import Report

FOLDER = Path(matching.verify.__file__).parent
REPORTS = {
    "report.add", "self.report.add", "self._say", "say", "say.same", "_same", "_same_text", "unknown_keys",
}  # fmt: skip


@dataclass(frozen=True)
class Check:
    """One place that reports something: lines of a module of ``matching.verify``."""

    module: str
    first: int
    last: int

    def __str__(self) -> str:
        return f"{self.module}:{self.first}"

    def holds(self, line: tuple[str, int]) -> bool:
        return line[0] == self.module and self.first <= line[1] <= self.last


def _is_report(node: ast.stmt) -> bool:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        return ast.unparse(node.value.func) in REPORTS
    return (
        isinstance(node, ast.Raise)
        and isinstance(node.exc, ast.Call)
        and ast.unparse(node.exc.func) == "NotChecked"
    )


def checks() -> list[Check]:
    """Every check of ``verify``."""
    found = []
    for path in sorted(FOLDER.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.stmt) and _is_report(node):
                found.append(Check(path.stem, node.lineno, node.end_lineno or node.lineno))
    return found


class _Neutral(ast.NodeTransformer):
    """Makes a tuple of what was called: its parts are looked at, nothing is done."""

    def __init__(self, line: int) -> None:
        self._line = line

    def generic_visit(self, node: ast.AST) -> ast.AST:
        if isinstance(node, ast.stmt) and node.lineno == self._line and _is_report(node):
            call = node.value if isinstance(node, ast.Expr) else node.exc  # type: ignore[attr-defined]
            parts = ast.Tuple([call.func, *call.args, *(word.value for word in call.keywords)], ast.Load())
            return ast.copy_location(ast.Expr(parts), node)
        return super().generic_visit(node)


@contextmanager
def without(check: Check) -> Iterator[None]:
    """``verify`` without one check."""
    module = importlib.import_module(f"matching.verify.{check.module}")
    source = (FOLDER / f"{check.module}.py").read_text(encoding="utf-8")
    tree = ast.fix_missing_locations(_Neutral(check.first).visit(ast.parse(source)))
    codes = list(_codes(compile(tree, str(module.__file__), "exec")))
    function = next(f for f in _functions(module) if _spans(f, check))
    now = function.__code__
    same = (code for code in codes if code.co_qualname == now.co_qualname)
    code = next(code for code in same if code.co_firstlineno == now.co_firstlineno)
    before, function.__code__ = function.__code__, code
    try:
        yield
    finally:
        function.__code__ = before


def _codes(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _codes(constant)


def _functions(module: ModuleType) -> Iterator[FunctionType]:
    """Functions and methods of a module, not those inside others."""
    for value in vars(module).values():
        if inspect.isfunction(value) and value.__module__ == module.__name__:
            yield value
        elif inspect.isclass(value) and value.__module__ == module.__name__:
            for part in vars(value).values():
                function = part.__func__ if isinstance(part, classmethod | staticmethod) else part
                if inspect.isfunction(function) and function.__code__.co_filename == module.__file__:
                    yield function


def _spans(function: FunctionType, check: Check) -> bool:
    lines, first = inspect.getsourcelines(function)
    return first <= check.first < first + len(lines)


@contextmanager
def recorded() -> Iterator[list[tuple[str, set[tuple[str, int]]]]]:
    """Every message that is added meanwhile (or raised), with the lines it came through."""
    found: list[tuple[str, set[tuple[str, int]]]] = []
    add, start = Report.add, NotChecked.__init__

    def lines() -> set[tuple[str, int]]:
        frame, passed = sys._getframe(2), set()
        while frame is not None:
            path = Path(frame.f_code.co_filename)
            if path.parent == FOLDER:
                passed.add((path.stem, frame.f_lineno))
            frame = frame.f_back  # type: ignore[assignment]
        return passed

    def adding(self: Report, file: str, message: str) -> None:
        found.append((f"{file}: {message}", lines()))
        add(self, file, message)

    def raising(self: NotChecked, message: str) -> None:
        found.append((message, lines()))
        start(self, message)

    Report.add, NotChecked.__init__ = adding, raising  # type: ignore[method-assign, assignment]
    try:
        yield found
    finally:
        Report.add, NotChecked.__init__ = add, start  # type: ignore[method-assign]
