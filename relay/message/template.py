"""A team's own wording: a Jinja2 template, sandboxed, whose blocks replace parts of a message.

What a template is given is text that anybody may have written, so each `{{ value }}` is escaped on
its way out, whatever was done to it before; only our own filters (`code`, `bold`, `link`, ...) make
marks. A template can neither reach anything nor run on: there are no globals, no macros and no
imports, only the filters and methods named here; loops count their turns, and texts their length.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

from jinja2 import Template as Jinja
from jinja2 import TemplateSyntaxError, meta, nodes
from jinja2.exceptions import SecurityError
from jinja2.visitor import NodeTransformer

from relay.message.sandboxed import FILE, MisuseError, Sandboxed, Steps, as_mrkdwn, as_plain

LONGEST_SOURCE = 20_000
BLOCKS = ("title", "summary", "line", "footer", "text")
"""What a template may word anew; what it leaves out stays as it is without it."""

Context = Mapping[str, Any]


class TemplateError(Exception):
    """A template that cannot be used; the text says why, `line` where (0: not known)."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line

    def __str__(self) -> str:
        place = f" (line {self.line})" if self.line else ""
        return f"{self.args[0]}{place}"


@dataclass(frozen=True)
class Template:
    """A template that compiled. Texts in a title are plain, in all other blocks mrkdwn."""

    blocks: frozenset[str]
    _plain: Jinja
    _mrkdwn: Jinja

    def render(self, block: str, context: Context) -> str | None:
        """What the template makes of a block, None when it does not have it.

        TemplateError for whatever goes wrong.
        """
        if block not in self.blocks:
            return None
        compiled = self._plain if block == "title" else self._mrkdwn
        try:
            made = compiled.new_context({**context, "_step": Steps()})
            return "".join(compiled.blocks[block](made)).strip()
        except Exception as error:  # whatever a template can do wrong, the message must go out
            raise TemplateError(f"{block}: {_said(error)}", _line(error, compiled)) from None


@lru_cache(maxsize=64)
def load(source: str) -> Template:
    """Compiles a template, or raises TemplateError."""
    if len(source) > LONGEST_SOURCE:
        raise TemplateError(f"is longer than {LONGEST_SOURCE:,} characters")
    plain, mrkdwn = Sandboxed(as_plain), Sandboxed(as_mrkdwn)
    try:
        trees = [environment.parse(source) for environment in (plain, mrkdwn)]
        blocks = _checked(trees[0])
        compiled = [
            environment.from_string(_counted(tree))
            for environment, tree in zip((plain, mrkdwn), trees, strict=True)
        ]
    except TemplateSyntaxError as error:
        raise TemplateError(error.message or "is no template", error.lineno) from None
    except RecursionError:
        raise TemplateError("is nested too deeply") from None
    return Template(blocks, *compiled)


_NAMES = frozenset(
    """default name status word emoji severity count firing resolved hidden labels group_labels
    annotations alerts started_at ended_at lasted value limit owner receiver""".split()
)
_NAMES_OF_LINE = _NAMES | {"alert"}
_REFUSED = (
    nodes.Macro, nodes.CallBlock, nodes.AssignBlock, nodes.FilterBlock, nodes.Include,
    nodes.Import, nodes.FromImport, nodes.Extends, nodes.ScopedEvalContextModifier,
)  # fmt: skip


def _checked(tree: nodes.Template) -> frozenset[str]:
    """The names of the blocks; TemplateError for what is not a template of ours."""
    blocks = list(tree.find_all(nodes.Block))
    for refused in tree.find_all(_REFUSED):
        kind = type(refused).__name__
        raise TemplateError(f"{kind} is not available in these templates", refused.lineno)
    for block in blocks:
        if block.name not in BLOCKS:
            hint = _hint(block.name, BLOCKS)
            raise TemplateError(f"there is no block {block.name!r}: {hint}", block.lineno)
        _known_names(block)
    for node in tree.body:
        if not (isinstance(node, nodes.Block) or _blank(node)):
            raise TemplateError(f"only blocks count: {', '.join(BLOCKS)}", node.lineno)
    if not blocks:
        raise TemplateError(f"has no block; there are {', '.join(BLOCKS)}")
    return frozenset(block.name for block in blocks)


def _known_names(block: nodes.Block) -> None:
    known = _NAMES_OF_LINE if block.name == "line" else _NAMES
    alone = nodes.Template(block.body, lineno=block.lineno)
    alone.environment = block.environment
    for name in sorted(meta.find_undeclared_variables(alone) - known):
        uses = (node for node in block.find_all(nodes.Name) if node.name == name)
        line = next((node.lineno for node in uses), block.lineno)
        raise TemplateError(f"{block.name}: {name!r} is not known: {_hint(name, known)}", line)


def _hint(name: str, known: Any) -> str:
    close = get_close_matches(name, sorted(known), 1)
    return f"did you mean {close[0]!r}?" if close else f"there are {', '.join(sorted(known))}"


def _blank(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Output) and all(
        isinstance(part, nodes.TemplateData) and not part.data.strip() for part in node.nodes
    )


def _counted(tree: nodes.Template) -> nodes.Template:
    """The template with a count in each loop, and with a join in place of each `~`."""
    changed: nodes.Template = _Counting().visit(tree)
    changed.set_environment(tree.environment)  # type: ignore[arg-type]  # set by the parser
    return changed


class _Counting(NodeTransformer):
    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802 - the name is Jinja's
        self.generic_visit(node)
        step = nodes.Output([nodes.Call(nodes.Name("_step", "load"), [], [], None, None)])
        node.body = [step.set_lineno(node.lineno), *node.body]
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802 - the name is Jinja's
        self.generic_visit(node)
        joined = nodes.Filter(nodes.List(node.nodes), "join", [], [], None, None)
        return joined.set_lineno(node.lineno)


def _said(error: Exception) -> str:
    """The same words in every process, or each would take the message for a changed one."""
    if isinstance(error, MisuseError):
        return str(error)
    if isinstance(error, SecurityError):
        return "it calls what templates may not call"
    return re.sub(r" at 0x[0-9a-f]+", "", f"{type(error).__name__}: {error}")[:200]


def _line(error: Exception, compiled: Jinja) -> int:
    """The line of the template that was at work."""
    line, frame = 0, error.__traceback__
    while frame:
        if frame.tb_frame.f_code.co_filename == FILE:
            line = compiled.get_corresponding_lineno(frame.tb_lineno)
        frame = frame.tb_next
    return line
