"""How what binds a variable is evaluated: sums, searches, derivatives, ∫, E, limits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mpmath import mp, mpf

from . import calculus, free, values
from . import tree as t
from .evaluate import HIDDEN, Env, Evaluator, rule
from .symbols import pretty
from .tokens import TexError
from .values import Finite, Law, Number, Range, Run, Space, Undefined, Value, Vec


@rule(t.Big)
def _big(ev: Evaluator, node: t.Big, env: Env) -> Value:
    domain = _domain(ev, node, env)

    def body(x: Value) -> Value:
        return ev.value(node.body, {**env, node.var: x})

    def allowed(x: Value) -> bool:
        return node.condition is None or ev.holds(node.condition, {**env, node.var: x})

    if isinstance(domain, Run | Finite):
        items = domain.items if isinstance(domain, Finite) else list(domain)
        points = [x for x in items if allowed(x)]
        return _over_points(ev, node, [(x, body(x)) for x in points])
    if node.op in ("sum", "prod"):
        raise TexError(f"{node.op} over {pretty(node.var)} without a finite range")
    return _search(ev, node, domain, body, allowed)


def _domain(ev: Evaluator, node: t.Big, env: Env) -> Value:
    if node.domain is not None:
        return ev.value(node.domain, env)
    symbol = ev.scope.lookup(node.var)
    if symbol and symbol.domain is not None and symbol.kind != "vector":
        return ev.under(symbol.scope).value(symbol.domain, env)
    if node.op in ("sum", "prod"):
        raise TexError(f"the range of {pretty(node.var)} is not known; write it under the sum")
    return Space("R")


def _over_points(ev: Evaluator, node: t.Big, found: list[tuple[Value, Value]]) -> Value:
    if node.op == "sum":
        return values.total_of([value for _, value in found]) if found else mpf(0)
    if node.op == "prod":
        return mp.fprod(value for _, value in found)
    if not found:
        raise Undefined("an extremum over nothing")
    numbers = [value for _, value in found]
    for value in numbers[1:]:
        ev.mark(node, numbers[0] - value)
    best = max(numbers) if node.op in ("max", "sup", "argmax") else min(numbers)
    if node.op.startswith("arg"):
        return Finite(tuple(x for x, value in found if values.close(value, best, ev.slack())))
    return best


def _search(
    ev: Evaluator,
    node: t.Big,
    domain: Value,
    body: Callable[[Value], Value],
    allowed: Callable[[Value], bool],
) -> Value:
    """An extremum over an interval or the line."""
    if isinstance(domain, Range):
        low, high = domain.low, domain.high
    elif isinstance(domain, Space) and domain.name == "R" and domain.size is None:
        low, high = -mp.inf, mp.inf
    else:
        raise TexError(
            f"a search over {pretty(node.var)} in a set that is neither finite nor an interval"
        )
    sign = -1 if node.op in ("max", "sup", "argmax") else 1

    def goal(x: Number) -> Number:
        return sign * body(x) if allowed(x) else mp.inf

    with ev.quiet():
        least, where = calculus.minimise(goal, low, high)
    if node.op.startswith("arg"):
        if where is None:
            raise Undefined("an extremum that is not attained")
        return where
    return sign * least


@rule(t.Diff)
def _diff(ev: Evaluator, node: t.Diff, env: Env) -> Value:
    variables = node.variables
    first, order = variables[0], 1
    while order < len(variables) and variables[order] == first:
        order += 1
    rest = variables[order:]
    body = node.body if not rest else t.Diff(node.body, rest)
    at = ev.value(first, env)
    with ev.quiet(traced=True):
        result = calculus.derivative(
            lambda s: ev.value(body, _replaced(ev, first, s, env)), at, order
        )
    if not rest and order <= 2 and isinstance(at, mpf):
        _compare_code(ev, node, first, at, env, result, order)
    return result


def _replaced(ev: Evaluator, variable: t.Node, value: Value, env: Env) -> Env:
    """The instance with a name, or a component of a vector, set to a value."""
    if isinstance(variable, t.Sym):
        return {**env, variable.name: value}
    assert isinstance(variable, t.Index)
    base = variable.base
    assert isinstance(base, t.Sym)
    vector = ev.value(base, env)
    place = int(ev.value(variable.indices[0], env)) - 1
    return {**env, base.name: Vec(value if k == place else x for k, x in enumerate(vector))}


def _compare_code(
    ev: Evaluator, node: t.Diff, variable: t.Node, at: Number, env: Env, result: Value, order: int
) -> None:
    """The derivative of a loss of one variable in something on which its argument depends."""
    body = node.body
    if isinstance(body, t.Sym) and body.name not in env:
        symbol = ev.lookup(body.name)
        if (
            symbol.kind == "function"
            and len(symbol.parameters) == 1
            and symbol.parameters != (HIDDEN,)
        ):
            body = t.Call(body, (t.Sym(symbol.parameters[0]),))
    if not isinstance(body, t.Call) or len(body.args) != 1 or not isinstance(body.function, t.Sym):
        return
    argument = body.args[0]
    with ev.quiet():
        inner = ev.value(argument, env)
        if not isinstance(inner, mpf):
            return
        chain = calculus.derivative(
            lambda s: ev.value(argument, _replaced(ev, variable, s, env)), at
        )
        if order == 2 and calculus.derivative(
            lambda s: ev.value(argument, _replaced(ev, variable, s, env)), at, 2
        ):
            return
    if abs(chain) < mpf(10) ** -12:
        return
    ev.compare_derivative(body.function, (inner,), env, result, order, chain)


@rule(t.Gradient)
def _gradient(ev: Evaluator, node: t.Gradient, env: Env) -> Value:
    name = node.variable or _argument(ev, node.body)
    vector = ev.value(t.Sym(name), env)
    if not isinstance(vector, Vec):
        raise TexError(f"a gradient in {pretty(name)}, which is not a vector")
    size = range(1, len(vector) + 1)
    parts = [t.Index(t.Sym(name), (t.Num(str(k)),)) for k in size]
    if node.order == 1:
        found = Vec(ev.value(t.Diff(node.body, (part,)), env) for part in parts)
    else:
        found = Vec(Vec(ev.value(t.Diff(node.body, (a, b)), env) for b in parts) for a in parts)
    body = node.body
    if isinstance(body, t.Call) and t.Sym(name) in body.args and isinstance(body.function, t.Sym):
        with ev.quiet():
            args = [ev.value(arg, env) for arg in body.args]
        ev.compare_gradient(body.function, name, args, env, found, node.order)
    return found


def _argument(ev: Evaluator, body: t.Node) -> str:
    """The name in which ∇f is meant: the vector among the arguments."""
    if isinstance(body, t.Sym):
        return ev.lookup(body.name).parameters[0]
    if isinstance(body, t.Call) and isinstance(body.args[0], t.Sym):
        return body.args[0].name
    raise TexError(r"the variable of a gradient; write \nabla_z")


@rule(t.Subdiff)
def _subdiff(ev: Evaluator, node: t.Subdiff, env: Env) -> Value:
    body = node.body
    if isinstance(body, t.Sym):
        symbol = ev.lookup(body.name)
        body = t.Call(body, tuple(t.Sym(p) for p in symbol.parameters))
    if isinstance(body, t.Call) and len(body.args) == 1:
        at = ev.value(body.args[0], env)
        return ev.subdifferential(lambda s: ev.call(body.function, (s,), env), at)
    if isinstance(body, t.Fun) and body.name == "abs":
        return ev.subdifferential(lambda s: abs(s), ev.value(body.args[0], env))
    raise TexError(r"a subdifferential of |x| or of a function of one variable; else \partial_x(…)")


@rule(t.Integral)
def _integral(ev: Evaluator, node: t.Integral, env: Env) -> Value:
    name = node.variable or HIDDEN

    def body(x: Number) -> Value:
        return ev.value(node.body, {**env, name: x})

    low = ev.value(node.low, env) if node.low else -mp.inf
    high = ev.value(node.high, env) if node.high else mp.inf
    if node.measure is None:
        return ev.integrate(body, low, high)
    law = ev.value(node.measure, env)
    if not isinstance(law, Law):
        raise Undefined("an integral with respect to something that is not a distribution")
    if low == -mp.inf and high == mp.inf:
        return law.expect(body, ev.integrate)
    return law.expect(
        lambda x: body(x) if low < x <= high else mpf(0), lambda f: ev.integrate(f, low, high)
    )


@rule(t.Expect)
def _expect(ev: Evaluator, node: t.Expect, env: Env) -> Value:
    names = [node.variable] if node.variable else _randoms(ev, node.body)
    law = ev.object(node.law, env) if node.law else None

    def inside(at: Env) -> Value:
        if node.op == "P":
            return mpf(1) if ev.holds(node.body, at) else mpf(0)
        return ev.value(node.body, at)

    if law is None and len(names) > 1:
        rows = zip(*(env["law " + name].atoms for name in names), strict=True)
        joint = [
            ({**env, **{n: x for n, (x, _) in zip(names, row, strict=True)}}, row[0][1])
            for row in rows
        ]
        mean = _mean_of(lambda f: values.total_of(f(inside(at)) * w for at, w in joint))
    else:
        name = names[0] if names else HIDDEN
        if law is None:
            if not names:
                raise TexError("an expectation without a random variable")
            law = _law_of(ev, name, env)
        if node.op == "median":
            return _median(ev, law)
        mean = _mean_of(lambda f: law.expect(lambda x: f(inside({**env, name: x})), ev.integrate))
    if node.op == "Var":
        centre = mean(lambda v: v)
        return mean(lambda v: (v - centre) ** 2)
    return mean(lambda v: v)


def _randoms(ev: Evaluator, body: t.Node) -> list[str]:
    known = ev.state.randoms.get(id(body))
    if known is None:
        known = ev.state.randoms[id(body)] = free.randoms(body, ev.scope)
    return known


def _mean_of(mean: Any) -> Callable[[Callable[[Value], Value]], Value]:
    return mean  # type: ignore[no-any-return]


def _law_of(ev: Evaluator, name: str, env: Env) -> Law:
    found = env.get("law " + name)
    if found is None:
        symbol = ev.lookup(name)
        if symbol.definition is None:
            raise TexError(f"the law of {pretty(name)} is not known")
        found = ev.under(symbol.scope).value(symbol.definition, env)
    assert isinstance(found, Law)
    return found


def _median(ev: Evaluator, law: Law) -> Range:
    half = mpf(1) / 2
    if law.densities:
        with ev.quiet():
            middle = calculus.root(lambda x: law.cdf(x) - half, -mp.inf, mp.inf)
        return Range(middle, middle)
    xs = sorted(x for x, w in law.atoms if w)
    low = next(x for x in xs if law.cdf(x) >= half - ev.slack())
    high = next(x for x in xs if law.cdf(x) > half + ev.slack())
    return Range(low, high)


@rule(t.FiniteLaw)
def _finite_law(ev: Evaluator, node: t.FiniteLaw, env: Env) -> Value:
    return Law(tuple((ev.value(x, env), ev.value(w, env)) for x, w in node.atoms))


@rule(t.At)
def _at(ev: Evaluator, node: t.At, env: Env) -> Value:
    return ev.value(node.body, {**env, node.variable: ev.value(node.value, env)})


@rule(t.Limit)
def _limit(ev: Evaluator, node: t.Limit, env: Env) -> Value:
    target = ev.value(node.target, env)
    with ev.quiet():
        return calculus.limit(
            lambda s: values.as_number(ev.value(node.body, {**env, node.variable: s})),
            target,
            node.side,
        )
