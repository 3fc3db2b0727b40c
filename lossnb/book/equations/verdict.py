"""The verdict on a statement: it holds at every instance, or here is one where it does not."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from mpmath import mp, mpf

from . import free, values
from . import tree as t
from .binding import Comparator, Mismatch
from .evaluate import Env, Evaluator, State, differentiated
from .instances import Drawer
from .symbols import Scope, Symbol, pretty
from .tokens import TexError
from .values import Contradiction, Either, NoCase, NoSlope, Undefined, Value

DIGITS = 50
PLAIN, COSTLY, MOST = 200, 8, 120  # instances; of a costly formula at least COSTLY, up to MOST
# How many nodes the instances of a costly formula evaluate before it is enough: a false equation
# fails nearly everywhere, a false bound only where it is tight.
WORK, WORK_OF_BOUND = 40_000, 150_000
CLIMB = 0.4  # the share of instances that push an inequality towards its edge
NEAR_KINKS = 0.3  # how often an instance is moved to a kink and to both its sides


_SLACK = {r"\le": 1, "<": 1, r"\ge": -1, ">": -1}


@dataclass
class Verdict:
    """What came of a statement."""

    holds: bool
    message: str = ""
    decided: int = 0


class Counterexample(Exception):
    """A relation that is false at an instance."""


def judge(
    statement: t.Statement, scope: Scope, seed: str = "", comparator: Comparator | None = None
) -> Verdict:
    """Check a statement on instances."""
    return _Judge(statement, scope, seed, comparator).run()


def judge_definition(symbol: Symbol, scope: Scope, seed: str, comparator: Comparator) -> Verdict:
    """A definition of a symbol bound to code: value, gradient and Hessian against the code."""
    symbol.code.target()  # Missing if there is none yet
    home = symbol.scope or scope
    arguments = tuple(t.Sym(p) for p in symbol.parameters)
    call: t.Node = t.Call(t.Sym(symbol.name), arguments)
    claims: list[t.Node] = [t.Chain((call, call), ("=",))]
    name = differentiated(symbol)
    known = home.lookup(name)
    if known is not None and known.kind == "vector":
        slopes: list[t.Node] = [t.Gradient(call, name, order) for order in (1, 2)]
        claims += [
            t.Chain((s, s), ("=",))
            for s in slopes[: 2 if symbol.code.part() == "categorical" else 1]
        ]
    elif known is not None and known.kind == "real":
        slopes = [t.Diff(call, (t.Sym(name),) * order) for order in (1, 2)]
        if len(arguments) == 1:
            slopes = [t.Call(t.Prime(t.Sym(symbol.name), order), arguments) for order in (1, 2)]
        claims += [t.Chain((s, s), ("=",)) for s in slopes]
    before = comparator.count
    for place, claim in enumerate(claims):
        verdict = judge(t.Statement(claim), scope, f"{seed} {place}", comparator)
        if not verdict.holds:
            return verdict
    if comparator.count == before:
        return Verdict(
            False, f"{symbol.code.text} was never called: no instance fits its arguments"
        )
    return verdict


class _Judge:
    def __init__(
        self, statement: t.Statement, scope: Scope, seed: str, comparator: Comparator | None
    ) -> None:
        self.statement = statement
        self.scope = scope
        parts: tuple[t.Node, ...] = (statement.claim,)
        if statement.premise is not None:
            parts = (statement.premise, statement.claim)
        self.whole = t.Both("and", parts)
        self.costly = free.costly(self.whole, scope)
        self.slack = mpf("1e-9") if self.costly else mpf("1e-15")
        digits = hashlib.sha256(seed.encode()).digest()
        self.rng = random.Random(int.from_bytes(digits[:8], "big"))
        self.ev = Evaluator(scope, State(comparator))
        self.drawer = Drawer(self.whole, self.ev, self.rng)
        self.reasons: dict[str, int] = {}
        bound = any(
            op in _SLACK for n in self.whole.walk() if isinstance(n, t.Chain) for op in n.ops
        )
        self.work = WORK_OF_BOUND if bound else WORK
        self.undefined = 0
        self.solved = self.solvable()
        self.tightest: tuple[Value, Env] | None = None  # where an inequality is nearest to failing

    def solvable(self) -> list[tuple[str, str, t.Node]]:
        """Premises of the form t = … or t ∈ … in a free t: they are met, not waited for."""
        claim, premise = self.statement.claim, self.statement.premise
        sources = [premise] if premise is not None else []
        if isinstance(claim, t.Implies):
            sources.append(claim.parts[0])
        parts: list[t.Node] = []
        for source in sources:
            parts += source.parts if isinstance(source, t.Both) and source.op == "and" else [source]
        found: list[tuple[str, str, t.Node]] = []
        for part in parts:
            if (
                not isinstance(part, t.Chain)
                or len(part.ops) != 1
                or part.ops[0] not in ("=", r"\in")
            ):
                continue
            for side, other in (part.sides, part.sides[::-1]):
                if not isinstance(side, t.Sym) or (part.ops[0] == r"\in" and side is part.sides[1]):
                    continue
                symbol = self.drawer.symbols.get(side.name)
                free_name = (
                    symbol is not None
                    and symbol.domain is not None
                    and symbol.kind in ("real", "vector")
                )
                if free_name and side.name not in free.names(other, self.scope):
                    found.append((side.name, part.ops[0], other))
                    break
        return found

    def met(self, env: Env) -> Env:
        """The instance with the premises' names set to what the premises say."""
        arrows = self.statement.claim.ops if isinstance(self.statement.claim, t.Implies) else ()
        if r"\iff" in arrows and self.rng.random() < 0.5:
            return env
        for name, op, node in self.solved:
            with self.ev.quiet():
                value = self.ev.as_set(node, env) if op == r"\in" else self.ev.value(node, env)
            if isinstance(value, values.Either):
                value = self.rng.choice([value.plus, value.minus])
            if isinstance(value, values.Range | values.Finite):
                value = self.drawer.one(value)
            if isinstance(value, values.Ones) and isinstance(env.get(name), values.Vec):
                value = values.Vec(mpf(value.scale) for _ in env[name])
            if isinstance(value, mpf | values.Vec):
                env = {**env, name: value}
        return env

    def run(self) -> Verdict:
        wanted = COSTLY if self.costly else PLAIN
        drawn = self.drawer.symbols
        if not any(
            s.drawn and (s.definition is None or n in self.drawer.fixed) for n, s in drawn.items()
        ):
            wanted = 1
        decided = tried = 0
        with mp.workdps(20 if self.costly else DIGITS):
            for env in self.instances(wanted):
                tried += 1
                if tried > 12 * wanted + 20 or self.enough(decided, wanted):
                    break
                try:
                    decided += self.one(env)
                except Counterexample as error:
                    return Verdict(False, str(error), decided)
        most = max(self.reasons, key=lambda k: self.reasons[k], default="its premise never holds")
        if decided < min(wanted, 3 if self.costly else max(1, wanted // 20)):
            message = f"no instance decides it ({most}); mark it % unchecked: reason"
            return Verdict(False, message, decided)
        if self.undefined > 3 * decided:
            message = f"it has no value at most instances ({most}); say for which it holds"
            return Verdict(False, message, decided)
        return Verdict(True, decided=decided)

    def enough(self, decided: int, wanted: int) -> bool:
        if not self.costly or wanted == 1:
            return decided >= wanted
        if not decided and self.ev.state.work > 4 * self.work:
            return True
        return decided >= MOST or (decided >= wanted and self.ev.state.work > self.work)

    def one(self, env: Env) -> bool:
        """Decide at one instance; what has no value there decides nothing."""
        try:
            if self.solved:
                env = self.met(env)
            return self.decide(env)
        except (Mismatch, Contradiction) as error:
            raise Counterexample(f"{error}{self.at(env)}") from error
        except (TypeError, AttributeError):
            self.undecided("it mixes numbers with vectors, sets or functions")
        except Undefined as error:
            self.undecided(str(error))
        return False

    def undecided(self, reason: str) -> None:
        self.undefined += 1
        self.reasons[reason] = self.reasons.get(reason, 0) + 1

    def instances(self, wanted: int) -> Iterator[Env]:
        """Random instances; a share of them moved to a kink and to both its sides."""
        while True:
            try:
                env = self.drawer.draw()
            except Undefined as error:
                self.reasons[str(error)] = self.reasons.get(str(error), 0) + 1
                yield {}
                continue
            yield env
            if self.tightest and wanted > 1 and self.rng.random() < CLIMB:
                yield self.drawer.redraw(self.tightest[1])
            spare = not self.costly or self.ev.state.work <= WORK
            if wanted > 1 and spare and self.rng.random() < NEAR_KINKS:
                yield from self.drawer.near_kinks(self.trial, env)

    def trial(self, env: Env) -> None:
        """Evaluate for the trace of comparisons: those within formulas, and those of premises."""
        claim, premise = self.statement.claim, self.statement.premise
        if premise is not None:
            self.traced(premise, env)
        if not isinstance(claim, t.Chain):
            self.traced(claim, env)
            return
        for side in claim.sides:  # the claim's own relation is no kink
            with suppress(Undefined, Contradiction, TypeError, AttributeError):
                self.ev.value(side, env)

    def traced(self, node: t.Node, env: Env) -> None:
        if not isinstance(node, t.Chain):
            for child in node.children():
                self.traced(child, env)
            return
        with suppress(Undefined, Contradiction, TypeError, AttributeError):
            self.ev.holds(node, env)

    # One instance ---------------------------------------------------------------------------

    def decide(self, env: Env) -> bool:
        """True if the instance bears on the statement; raises Counterexample if it refutes it."""
        premise = self.statement.premise
        if premise is not None and not self.ev.holds(premise, env):
            self.reasons["its premise never holds"] = (
                self.reasons.get("its premise never holds", 0) + 1
            )
            return False
        return self.claim(self.statement.claim, env)

    def claim(self, node: t.Node, env: Env) -> bool:
        if isinstance(node, t.Chain):
            self.chain(node, env)
            return True
        if isinstance(node, t.Both) and node.op == "and":
            held = [self.claim(part, env) for part in node.parts]  # each is tried
            return all(held)
        if isinstance(node, t.Implies):
            return self.implication(node, env)
        if not self.ev.holds(node, env, self.slack):
            raise Counterexample(f"the condition is false{self.at(env)}")
        return True

    def implication(self, node: t.Implies, env: Env) -> bool:
        loose = mpf("1e-6") if self.costly else mpf("1e-14")
        held = [self.ev.holds(part, env, loose) for part in node.parts]
        bears = False
        for k, op in enumerate(node.ops):
            left, right = held[k], held[k + 1]
            if (left and not right) or (op == r"\iff" and left != right):
                names = ("left", "right") if left else ("right", "left")
                raise Counterexample(
                    f"the {names[0]} side of {op} number {k + 1} is true, the {names[1]} false"
                    f"{self.at(env)}"
                )
            bears |= left  # where both sides of an equivalence are false, nothing is learnt
        return bears

    def chain(self, node: t.Chain, env: Env) -> None:
        sides: list[Value] = []
        gap: Undefined | None = None
        for place, side in enumerate(node.sides):
            op = node.ops[place - 1] if place else ""
            try:
                as_set = op in (r"\in", r"\notin", r"\subseteq")
                sides.append(self.ev.as_set(side, env) if as_set else self.ev.value(side, env))
            except (NoCase, NoSlope) as error:
                if isinstance(error, NoSlope) and self.statement.premise is None:
                    raise
                gap = error
                sides.append(None)
                continue
            if not place or sides[-2] is None:
                continue
            if op in _SLACK:
                self.note(op, sides[-2], sides[-1], env)
            if not self.relation(op, sides[-2], sides[-1], node, place):
                left, right = self.source(node, place - 1), self.source(node, place)
                raise Counterexample(
                    f"{left} {op} {right} is false: {values.shown(sides[-2])} against "
                    f"{values.shown(sides[-1])}{self.at(env)}"
                )
        if gap is not None:  # every side has a value but one: its cases leave a gap, or it has a
            # kink although the statement says for which instances it holds
            raise Counterexample(f"{gap}{self.at(env)}")

    def note(self, op: str, a: Value, b: Value, env: Env) -> None:
        """Remember the instance at which an inequality holds most narrowly."""
        if not (isinstance(a, mpf) and isinstance(b, mpf)):
            return
        slack = _SLACK[op] * (b - a) / (abs(a) + abs(b) + mpf("0.01"))
        if mp.isfinite(slack) and (self.tightest is None or slack < self.tightest[0]):
            self.tightest = (slack, env)

    def relation(self, op: str, a: Value, b: Value, node: t.Chain, place: int) -> bool:
        if op == r"\approx":
            digits = _decimals(node.sides[place])
            return bool(
                abs(values.as_number(a) - b) <= (mpf("0.5") + mpf("1e-6")) * mpf(10) ** -digits
            )
        if op in (r"\propto", r"\sim"):
            raise TexError(f"{op} only introduces a symbol; write = or mark it % unchecked: reason")
        if isinstance(a, Either) and isinstance(b, Either):
            return self.ev.compare(op, a.plus, b.plus, node, self.slack) and self.ev.compare(
                op, a.minus, b.minus, node, self.slack
            )
        return self.ev.compare(op, a, b, node, self.slack)

    def source(self, node: t.Chain, place: int) -> str:
        text = node.sources[place] if node.sources else ""
        return text if len(text) < 70 else text[:66] + " …"

    def at(self, env: Env) -> str:
        """The instance, for the message."""
        shown = []
        for name, value in env.items():
            if name.startswith("law "):
                shown.append(f"{pretty(name[4:])} ~ {values.shown(value)}")
            else:
                shown.append(f"{pretty(name)} = {values.shown(value)}")
        return " at " + ", ".join(shown) if shown else ""


def _decimals(node: t.Node) -> int:
    """The digits after the point of a printed decimal."""
    if isinstance(node, t.Neg):
        return _decimals(node.body)
    if not isinstance(node, t.Num):
        raise TexError(r"\approx with something that is not a decimal number on its right")
    return len(node.text.partition(".")[2])
