"""Executable equations: the TeX on the page is parsed and evaluated on instances.

`tokens` and `grammar` (with `constructs`) read TeX into the classes of `tree`; `statements` finds
what a display asserts and defines; `evaluate` (with `rules` and `calculus`) gives values in high
precision; `instances` draws the free symbols from their domains; `binding` compares a symbol with
the class of lossnb that it stands for; `verdict` judges. A new construct is one rule in
`constructs` and one in `rules`.
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
