"""A syntax tree as one line of text, for reports on what was changed in it."""

from __future__ import annotations

from . import tree as t
from .symbols import pretty

_OPS = {r"\le": "≤", r"\ge": "≥", r"\ne": "≠", r"\in": "∈", r"\notin": "∉", r"\subseteq": "⊆",
        r"\implies": "⟹", r"\iff": "⟺", r"\approx": "≈"}  # fmt: skip


def text(node: t.Node | None) -> str:
    """The formula in one line."""
    match node:
        case None:
            return "otherwise"
        case t.Num(text=digits):
            return digits
        case t.Sym(name=name):
            return pretty(name)
        case t.Index(base=base, indices=indices):
            return f"{text(base)}_{{{', '.join(map(text, indices))}}}"
        case t.Neg(body=body):
            return f"−{inner(body)}"
        case t.Add(terms=terms):
            out = text(terms[0])
            for term in terms[1:]:
                out += f" − {inner(term.body)}" if isinstance(term, t.Neg) else f" + {text(term)}"
            return out
        case t.Mul(factors=factors):
            return "·".join(map(inner, factors))
        case t.Div(top=top, bottom=bottom):
            return f"{inner(top)}/{inner(bottom)}"
        case t.Pow(base=base, exponent=exponent):
            return f"{inner(base)}^{inner(exponent)}"
        case t.Fun(name="abs", args=(body,)):
            return f"|{text(body)}|"
        case t.Fun(name=name, args=args):
            return f"{name}({', '.join(map(text, args))})" if args else name
        case t.Call(function=function, args=args):
            return f"{text(function)}({', '.join(map(text, args))})"
        case t.Prime(function=function, order=order):
            return text(function) + "′" * order
        case t.Cases(rows=rows):
            return (
                "{"
                + "; ".join(
                    f"{text(v)} if {text(c)}" if c else f"{text(v)} otherwise" for v, c in rows
                )
                + "}"
            )
        case t.Iverson(condition=condition):
            return f"1[{text(condition)}]"
        case t.Big(op=op, var=var, domain=domain, condition=condition, body=body):
            under = pretty(var) + (f" ∈ {text(domain)}" if domain else "")
            under += f" with {text(condition)}" if condition else ""
            return f"{op}_({under}) [{text(body)}]"
        case t.Diff(body=body, variables=variables):
            return f"d/d{' d'.join(map(text, variables))} [{text(body)}]"
        case t.Integral(body=body, variable=variable, low=low, high=high, measure=measure):
            limits = f"_{text(low)}^{text(high)}" if low and high else ""
            by = text(measure) if measure else pretty(variable or "")
            return f"∫{limits} {text(body)} d{by}"
        case t.Expect(op=op, body=body, law=law):
            return f"{op}{'_' + text(law) if law else ''}[{text(body)}]"
        case t.Named(name=name, parameter=parameter):
            return name + (f"^{text(parameter)}" if parameter else "")
        case t.Interval(low=low, high=high, closed_low=left, closed_high=right):
            return f"{'[' if left else '('}{text(low)}, {text(high)}{']' if right else ')'}"
        case t.SetOf(items=items, run=run):
            return "{" + (", …, " if run else ", ").join(map(text, items)) + "}"
        case t.Chain(sides=sides, ops=ops):
            out = text(sides[0])
            for op, side in zip(ops, sides[1:], strict=False):
                out += f" {_OPS.get(op, op)} {text(side)}"
            return out
        case t.Both(op=op, parts=parts):
            return f" {op} ".join(map(text, parts))
        case t.Not(body=body):
            return f"not ({text(body)})"
        case t.Implies(parts=parts, ops=ops):
            out = text(parts[0])
            for op, part in zip(ops, parts[1:], strict=True):
                out += f" {_OPS[op]} {text(part)}"
            return out
        case t.Statement(claim=claim, premise=premise):
            return text(claim) + (f" for {text(premise)}" if premise else "")
        case t.At(body=body, variable=variable, value=value):
            return f"{text(body)}|_{{{pretty(variable)} = {text(value)}}}"
    below = ", ".join(text(child) for child in node.children())
    return f"{type(node).__name__.lower()}({below})"


def inner(node: t.Node) -> str:
    """With brackets where the reading would change."""
    plain = text(node)
    if isinstance(node, t.Add | t.Neg | t.Chain | t.Mul | t.Div | t.PlusMinus):
        return f"({plain})"
    return plain
