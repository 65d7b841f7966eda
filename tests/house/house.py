"""Reads the package as text: which module imports which, how long functions and files are, what is called."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "py_image_dedup"


@dataclass(frozen=True)
class Module:
    path: Path
    tree: ast.Module
    source: str

    @property
    def name(self) -> str:
        return str(self.path.relative_to(ROOT))

    @property
    def room(self) -> str:
        """The first folder below the package, or the file's own stem."""
        parts = self.path.relative_to(PACKAGE).parts
        return parts[0].removesuffix(".py")

    @property
    def floor(self) -> str:
        """The folder or the file directly in its room."""
        return self.path.relative_to(PACKAGE).parts[1].removesuffix(".py")


def modules() -> list[Module]:
    paths = sorted(PACKAGE.rglob("*.py"))
    return [Module(p, ast.parse(p.read_text("utf-8")), p.read_text("utf-8")) for p in paths]


def imported(module: Module) -> Iterator[str]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module.name}: relative import"
            yield node.module or ""
            if node.module == "py_image_dedup":
                yield from (f"py_image_dedup.{alias.name}" for alias in node.names)


def calls(module: Module) -> Iterator[tuple[int, str]]:
    """Dotted names of what is called, with the line: `os.rename`, `Path.exists` as `.exists`."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call):
            yield node.lineno, dotted(node.func)


def dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def functions(module: Module) -> Iterator[tuple[str, int]]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{module.name}:{node.lineno} {node.name}", (node.end_lineno or node.lineno) - node.lineno + 1
