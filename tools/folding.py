"""Which cells only draw: their code is folded, the figure stays.

A cell only draws if it shows a figure, a drawing or a film, prints, asserts and lists
nothing, and leaves behind no name that a later cell reads.
"""

import ast
import builtins
import re

DRAWS = re.compile(r"(?:plot\.)?finish|draw|film|\w+\.show")
SAYS = {"print", "show", "check", "display"}
SCOPES = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef
COMPREHENSIONS = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


class Names(ast.NodeVisitor):
    """What a piece of code reads from before it, and what it leaves behind.

    `reads` holds the names that are read where no statement before has bound them,
    `binds` those that are bound at the top.  In doubt a name is read.
    """

    def __init__(self, source):
        self.reads, self.binds = set(), set()
        for statement in ast.parse(source).body:
            self.visit(statement)
        self.reads -= set(dir(builtins))

    def visit_Name(self, node):
        if isinstance(node.ctx, ast.Load):
            self.read({node.id})
        else:
            self.binds.add(node.id)

    def read(self, names):
        self.reads |= names - self.binds

    def visit_Assign(self, node):
        self.visit(node.value)
        for target in node.targets:
            self.visit(target)

    def visit_AugAssign(self, node):
        self.read(
            {one.id for one in ast.walk(node.target) if isinstance(one, ast.Name)}
        )
        self.generic_visit(node)

    def visit_For(self, node):
        self.visit(node.iter)
        self.visit(node.target)
        for statement in (*node.body, *node.orelse):
            self.visit(statement)

    def visit_With(self, node):
        for item in node.items:
            self.visit(item)
        for statement in node.body:
            self.visit(statement)

    def visit_alias(self, node):
        self.binds.add((node.asname or node.name).partition(".")[0])

    def visit_ExceptHandler(self, node):
        if node.name:
            self.binds.add(node.name)
        self.generic_visit(node)

    def generic_visit(self, node):
        if isinstance(node, SCOPES):
            self.scope(node)
        elif isinstance(node, COMPREHENSIONS):
            bound = {
                one.id
                for generator in node.generators
                for one in ast.walk(generator.target)
                if isinstance(one, ast.Name)
            }
            self.inner(list(ast.iter_child_nodes(node)), bound)
        else:
            super().generic_visit(node)

    def scope(self, node):
        """Read what a function or class takes from around it."""
        own = set()
        if not isinstance(node, ast.Lambda):
            self.binds.add(node.name)
            own.add(node.name)
            for decorator in node.decorator_list:
                self.visit(decorator)
        if not isinstance(node, ast.ClassDef):
            own |= {
                one.arg for one in ast.walk(node.args) if isinstance(one, ast.arg)
            }
            for default in (
                *node.args.defaults,
                *filter(None, node.args.kw_defaults),
            ):
                self.visit(default)
        body = node.body if isinstance(node.body, list) else [node.body]
        outer = {
            name
            for one in ast.walk(node)
            if isinstance(one, ast.Global | ast.Nonlocal)
            for name in one.names
        }
        own |= {
            one.id
            for statement in body
            for one in ast.walk(statement)
            if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)
        } - outer
        bases = node.bases if isinstance(node, ast.ClassDef) else []
        self.inner([*bases, *body], own)

    def inner(self, parts, own):
        """Read what some code with names of its own takes from around it."""
        inside = Names("")
        for part in parts:
            inside.visit(part)
        self.read(inside.reads - own)


def plain(source):
    """Return the code of a cell without the lines that only IPython understands."""
    return re.sub(r"^(\s*)[%!].*$", r"\1pass", source, flags=re.MULTILINE)


def shows_a_figure_in_silence(source):
    """Tell whether a cell draws and says nothing."""
    nodes = list(ast.walk(ast.parse(source)))
    called = {ast.unparse(one.func) for one in nodes if isinstance(one, ast.Call)}
    asserts = any(isinstance(one, ast.Assert) for one in nodes)
    return any(map(DRAWS.fullmatch, called)) and not called & SAYS and not asserts


def only_draw(cells):
    """Return for each cell of a chapter, from top to bottom, whether it only draws.

    Parameters
    ----------
    cells : list of str
        Source of the code cells.

    Returns
    -------
    list of bool
    """
    found, awaited = [], set()
    for source in reversed([plain(cell) for cell in cells]):
        names = Names(source)
        found.append(
            shows_a_figure_in_silence(source) and not names.binds & awaited
        )
        awaited = (awaited - names.binds) | names.reads
    return found[::-1]
