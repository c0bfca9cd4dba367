"""Rules of the house that no linter knows, read from the source; and proof that the linters bite."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
OF_THE_REQUEST = {"request", "session", "g", "current_user", "login_user", "logout_user", "flash"}


def modules(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def where(path: Path, node: ast.AST) -> str:
    return f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}"


def imported(node: ast.AST) -> Iterator[str]:
    """The modules and names that an import statement brings, dotted."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module:
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def at_import(tree: ast.Module) -> Iterator[ast.AST]:
    """Every node that runs when the module is imported: no insides of functions, nothing for mypy alone."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            waiting.extend(node.orelse)
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            waiting.extend(ast.iter_child_nodes(node))


def below_the_edge() -> list[Path]:
    """What routes and jobs alike build on: the features, but for the parts that face the browser.

    Lists that are taken away as files read their filter as the page does, from the request.
    """
    edge = {"routes", "forms", "lists", "login", "permissions", "cli"}
    inside = (path for path in modules("wbl") if path.parent != ROOT / "wbl")
    return [path for path in inside if path.stem.rpartition("_")[2] not in edge]


def test_services_do_not_know_of_the_request() -> None:
    found = []
    for path in below_the_edge():
        for node in ast.walk(ast.parse(path.read_text())):
            for name in imported(node):
                package, _, last = name.rpartition(".")
                if package.startswith("flask") and last in OF_THE_REQUEST:
                    found.append(f"{where(path, node)} imports {name}")
            if (
                isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name)
                and node.value.id in {"flask", "flask_login"}
                and node.attr in OF_THE_REQUEST
            ):
                found.append(f"{where(path, node)} uses {node.value.id}.{node.attr}")
    assert found == []


def test_what_faces_the_browser_is_imported_only_by_its_like() -> None:
    """``rounds/run_routes.py`` is as much at the edge as ``rounds/routes.py``."""
    found = [
        f"{where(path, node)} imports {name}"
        for path in below_the_edge()
        for node in ast.walk(ast.parse(path.read_text()))
        for name in imported(node)
        for part in name.split(".")[2:]
        if name.startswith("wbl.") and part.rpartition("_")[2] in {"routes", "forms", "lists"}
    ]
    assert found == []


def test_engines_are_handed_arrays_never_a_round() -> None:
    """All but the door to rounds with side constraints, which hands their rows on."""
    door = ROOT / "matching" / "engines" / "mip" / "goals.py"
    found = [
        where(path, node)
        for path in modules("matching/engines")
        if path != door
        for node in ast.walk(ast.parse(path.read_text()))
        if "matching.problem.Problem" in imported(node)
    ]
    assert found == []


def test_only_transaction_commits() -> None:
    found = [
        where(path, node)
        for path in modules("wbl")
        if path != ROOT / "wbl" / "db.py"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr == "commit"
    ]
    assert found == []


def test_ortools_is_loaded_only_where_a_solve_runs() -> None:
    found = [
        where(path, node)
        for path in modules("matching")
        for node in at_import(ast.parse(path.read_text()))
        if any(name.split(".")[0] == "ortools" for name in imported(node))
    ]
    assert found == []


def test_migrations_know_no_models() -> None:
    found = [
        f"{where(path, node)} imports {name}"
        for path in modules("migrations/versions")
        for node in ast.walk(ast.parse(path.read_text()))
        for name in imported(node)
        if name.split(".")[0] in {"wbl", "matching"}
    ]
    assert found == []


# The contracts of pyproject.toml, on a small project that breaks one at a time

SKELETON = (
    *(f"matching/{name}.py" for name in ("problem", "pairs", "fit", "goals", "pins", "constraints")),
    *(f"matching/{name}.py" for name in ("program/round", "components", "cluster", "certificate", "solve")),
    *(f"matching/{name}.py" for name in ("results", "previous", "explain", "better_liked", "residual")),
    *(f"matching/{name}.py" for name in ("counterfactual", "hypothetical", "sentences", "commands")),
    *(f"matching/{name}/words.py" for name in ("conflict", "advise", "equity", "messages", "learning")),
    *("matching/command_line.py", "matching/verify/rules.py", "matching/files/policy.py"),
    *("matching/eligibility/schedule.py", "matching/eligibility/labor_rules/reading.py"),
    *(f"matching/eligibility/transit/{name}.py" for name in ("feed", "timetable", "times", "scan")),
    *("matching/engines/flow.py", "matching/engines/mip/goals.py"),
    *("wbl/paper/batches.py", "wbl/paper/laying_out.py", "wbl/db.py", "wbl/rounds/snapshot.py"),
    *(f"wbl/rounds/{part}.py" for part in ("models", "queries", "services", "forms", "routes")),
    *(f"wbl/people/{part}.py" for part in ("models", "queries", "services", "routes")),
)
ALLOWED = {
    "wbl/app.py": "import wbl.rounds.routes",
    "wbl/rounds/routes.py": "import wbl.rounds.forms, wbl.rounds.services, wbl.people.queries, flask",
    "wbl/rounds/services.py": "import wbl.rounds.queries, wbl.people.services, matching.solve",
    "wbl/rounds/queries.py": "import wbl.rounds.models, wbl.people.models, sqlalchemy",
    "wbl/rounds/snapshot.py": "import wbl.paper.batches",
    "wbl/paper/batches.py": "import wbl.paper.laying_out",
    "matching/problem.py": "import matching.eligibility.transit.timetable",
    "matching/eligibility/schedule.py": "import matching.problem, matching.eligibility.transit.scan",
    "matching/constraints.py": "import matching.eligibility.schedule",
    "matching/program/round.py": "import matching.constraints, matching.pairs",
    "matching/solve.py": "import matching.fit, matching.engines.flow, matching.engines.mip, numpy",
    "matching/counterfactual.py": "import matching.solve, matching.residual",
    "matching/commands.py": "import matching.verify, matching.solve, matching.counterfactual",
    "matching/engines/flow.py": "import matching.problem, numpy",
    "matching/engines/mip/goals.py": (
        "import matching.constraints, matching.pairs, matching.program, matching.program.round"
    ),
    "matching/verify/rules.py": (
        "import matching.problem, matching.pairs, matching.files.policy, numpy\n"
        "import matching.eligibility.transit.timetable, matching.eligibility.labor_rules"
    ),
    "matching/files/policy.py": (
        "import matching.eligibility.labor_rules, matching.eligibility.labor_rules.reading\n"
        "import matching.eligibility.transit.feed, matching.eligibility.transit.times"
    ),
}
BROKEN = [
    ("wbl/rounds/services.py", "import wbl.rounds.routes"),
    ("wbl/rounds/services.py", "import wbl.people.routes"),
    ("wbl/rounds/snapshot.py", "import wbl.people.routes"),
    ("wbl/rounds/queries.py", "import wbl.rounds.services"),
    ("wbl/people/models.py", "import wbl.people.queries"),
    ("wbl/people/models.py", "import wbl.rounds.services"),
    ("matching/problem.py", "import wbl.db"),
    ("wbl/paper/batches.py", "import wbl.db"),
    ("wbl/paper/laying_out.py", "import flask"),
    ("matching/engines/flow.py", "import flask"),
    ("matching/fit.py", "import sqlalchemy.orm"),
    ("matching/verify/rules.py", "import matching.fit"),
    ("matching/verify/rules.py", "import matching.engines.flow"),
    ("matching/verify/rules.py", "import matching.program"),
    ("matching/verify/rules.py", "import matching.constraints"),
    ("matching/verify/rules.py", "import matching.components"),
    ("matching/verify/rules.py", "from matching.eligibility import schedule"),
    ("matching/verify/rules.py", "from matching.eligibility.transit import scan"),
    ("matching/problem.py", "import matching.fit"),
    ("matching/engines/flow.py", "import matching.constraints"),
    ("matching/engines/flow.py", "import matching.pairs"),
    ("matching/engines/mip/goals.py", "import matching.eligibility"),
    ("matching/engines/mip/goals.py", "import matching.verify.rules"),
    ("matching/solve.py", "import matching.advise"),
    ("matching/solve.py", "import matching.counterfactual"),
    ("matching/components.py", "import matching.equity.words"),
    ("matching/eligibility/schedule.py", "import matching.solve"),
]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in SKELETON:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(ALLOWED.get(name, "") + "\n")
    files = list(tmp_path.rglob("*.py"))
    for folder in {parent for path in files for parent in path.parents if tmp_path in parent.parents}:
        init = folder / "__init__.py"
        init.write_text(ALLOWED.get(str(init.relative_to(tmp_path)), "") + "\n")
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text())
    return tmp_path


def contracts_hold(project: Path) -> bool:
    # The command's own first line names the folder that the environment was made in.
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [sys.executable, linter, "--no-cache", "--no-logo"], cwd=project, capture_output=True, text=True
    )
    assert "Contracts: " in done.stdout, done.stdout + done.stderr
    return done.returncode == 0


def test_the_contracts_let_imports_go_one_way(project: Path) -> None:
    assert contracts_hold(project)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "statement"), BROKEN)
def test_the_contracts_find_an_import_that_goes_back(name: str, statement: str, project: Path) -> None:
    path = project / name
    path.write_text(path.read_text() + statement + "\n")
    assert not contracts_hold(project)
