"""Executable equations: the TeX on the page is parsed and evaluated on instances.

Reading: `tokens`, `reader`, `naming` and `grammar` turn TeX into the classes of `tree`, with one
rule for each construct in `constructs` and `binders`; `statements`, `definitions` and `prose` find
what a page asserts and introduces.

Judging: `evaluate` gives values in high precision, with one rule for each class in `rules` and
`bound_rules`; `instances` draws the free symbols from their domains; `binding` compares a symbol
with the class of lossnb that it stands for; `verdict` decides, `page` does so for a whole page.
`mutate` and `render` make the slips that all this must catch.

A new construct is one class in `tree`, one rule that reads it and one that evaluates it.
"""

from .binding import Comparator
from .statements import Reading, read
from .symbols import Names, Scope, Symbol
from .tokens import TexError
from .verdict import Verdict, judge, judge_definition

__all__ = [
    "Comparator", "Names", "Reading", "Scope", "Symbol", "TexError", "Verdict", "judge",
    "judge_definition", "read",
]  # fmt: skip
