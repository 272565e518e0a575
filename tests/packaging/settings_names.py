"""Every setting that the code reads from the environment, found in the code itself."""

import ast
from pathlib import Path

CONFIG = Path(__file__).resolve().parents[2] / "studio" / "config"
READERS = frozenset({"text", "flag", "number", "whole", "whole_by_name", "names", "choice", "url"})


def known_settings() -> dict[str, str | None]:
    """Names with their defaults as one would write them; None where the default depends on something else."""
    found: dict[str, str | None] = {}
    for path in sorted(CONFIG.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _is_reader(node):
                name = str(ast.literal_eval(node.args[0]))
                found[name] = _default(node)
    return found


def _is_reader(call: ast.Call) -> bool:
    """`env.text("NAME")` and the like; one that looks through several names has them from a call that says each."""
    reader = call.func
    return (
        isinstance(reader, ast.Attribute)
        and reader.attr in READERS
        and isinstance(reader.value, ast.Name)
        and reader.value.id == "env"
        and isinstance(call.args[0], ast.Constant)
    )


def _default(call: ast.Call) -> str | None:
    given = [word.value for word in call.keywords if word.arg == "default"] + call.args[1:2]
    if not given:
        return ""
    try:
        value = eval(compile(ast.Expression(given[0]), "default", "eval"), {"__builtins__": {}})
    except NameError:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)
