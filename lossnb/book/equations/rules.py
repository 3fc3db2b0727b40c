"""How each construct is evaluated: the rules that `evaluate.Evaluator` looks up."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from mpmath import mp, mpf

from . import calculus, values
from . import tree as t
from .evaluate import HIDDEN, Env, Evaluator, rule
from .free import randoms
from .symbols import pretty
from .tokens import TexError
from .values import Finite, Function, Law, Number, Ones, Range, Row, Run, Space, Undefined, Value, Vec


@lru_cache(maxsize=4096)
def number(text: str, precision: int) -> Number:
    return mpf(text)


@rule(t.Num)
def _num(ev: Evaluator, node: t.Num, env: Env) -> Value:
    return number(node.text, mp.prec)


@rule(t.Sym)
def _sym(ev: Evaluator, node: t.Sym, env: Env) -> Value:
    found = env.get(node.name)
    if found is not None:
        return found if not isinstance(found, Function) else _bare(ev, node, env)
    symbol = ev.lookup(node.name)
    if symbol.kind == "function":
        return _bare(ev, node, env)
    if symbol.equation is not None:
        return _root(ev, node, env)
    if symbol.definition is not None and symbol.kind == "set":
        return ev.under(symbol.scope).value(symbol.definition, env)
    if symbol.definition is not None:
        inner = ev.under(symbol.scope)
        if symbol.index:
            return inner.components(symbol, env)
        return single(inner.value(symbol.definition, env))
    raise TexError(f"the symbol {pretty(node.name)} has no value here")


def single(value: Value) -> Value:
    """The element of a set of one: a minimiser that is unique is a number."""
    point = values.as_range(value)
    if isinstance(point, Range) and values.close(point.low, point.high, mpf(10) ** -12):
        return (point.low + point.high) / 2
    return value


def _bare(ev: Evaluator, node: t.Sym, env: Env) -> Value:
    """A function without its argument: at the hidden point, or at the names of its arguments."""
    if HIDDEN in env:
        return ev.call(node, (env[HIDDEN],), env)
    if node.name in env:
        return env[node.name]
    symbol = ev.lookup(node.name)
    if symbol.parameters == (HIDDEN,):
        raise Undefined(f"{pretty(node.name)} without its argument")
    return ev.call(node, [_default(ev, p, env) for p in symbol.parameters], env)


def _default(ev: Evaluator, parameter: str, env: Env) -> Value:
    if parameter not in env and ev.scope.lookup(parameter) is None:
        raise TexError(f"a function is written without its argument {pretty(parameter)}")
    return ev.value(t.Sym(parameter), env)


def _root(ev: Evaluator, node: t.Sym, env: Env) -> Value:
    """A symbol that is given by an equation."""
    symbol = ev.lookup(node.name)
    chain = symbol.equation
    assert isinstance(chain, t.Chain)
    key = (node.name, mp.prec, tuple(sorted((k, v) for k, v in env.items() if isinstance(v, mpf))))
    if key not in ev.state.roots:
        inner = ev.under(symbol.scope)
        domain = inner.value(symbol.domain, env) if symbol.domain else Space("R")
        low, high = (domain.low, domain.high) if isinstance(domain, Range) else (-mp.inf, mp.inf)

        def gap(x: Number) -> Number:
            at = {**env, node.name: x}
            return inner.value(chain.sides[0], at) - inner.value(chain.sides[1], at)

        with ev.quiet():
            ev.state.roots[key] = calculus.root(gap, low, high)
    return ev.state.roots[key]


@rule(t.Index)
def _index(ev: Evaluator, node: t.Index, env: Env) -> Value:
    base = ev.value(node.base, env)
    for index in node.indices:
        k = ev.value(index, env)
        if not isinstance(base, Vec):
            raise TexError("an index on something that is not a vector")
        if k != int(k) or not 1 <= k <= len(base):
            raise Undefined(f"the component {values.shown(k)} of a vector of {len(base)}")
        base = base[int(k) - 1]
    return base


@rule(t.Neg)
def _neg(ev: Evaluator, node: t.Neg, env: Env) -> Value:
    value = values.as_range(ev.value(node.body, env))
    return Ones(-value.scale) if isinstance(value, Ones) else -value


@rule(t.PlusMinus)
def _plus_minus(ev: Evaluator, node: t.PlusMinus, env: Env) -> Value:
    body = ev.value(node.body, env)
    left = ev.value(node.left, env) if node.left is not None else mpf(0)
    return values.Either(left + body, left - body)


@rule(t.Add)
def _add(ev: Evaluator, node: t.Add, env: Env) -> Value:
    parts = [ev.value(term, env) for term in node.terms]
    try:
        total = values.total_of(parts)
    except TypeError:
        raise Undefined("a sum of things of different kinds") from None
    if isinstance(total, mpf) and mp.isnan(total):
        raise Undefined("∞ − ∞")
    return total


@rule(t.Mul)
def _mul(ev: Evaluator, node: t.Mul, env: Env) -> Value:
    result = ev.value(node.factors[0], env)
    for factor in node.factors[1:]:
        if isinstance(result, mpf) and result == 0 and _is_zero_times_log(factor):
            return mpf(0)
        try:
            result = values.times(result, ev.value(factor, env))
        except TypeError:
            raise Undefined("a product of things that have none") from None
    return result


def _is_zero_times_log(node: t.Node) -> bool:
    """0 log(0/q) = 0, whatever q."""
    return isinstance(node, t.Fun) and node.name == "log"


@rule(t.Div)
def _div(ev: Evaluator, node: t.Div, env: Env) -> Value:
    top, bottom = ev.value(node.top, env), ev.value(node.bottom, env)
    if isinstance(bottom, Vec | Law | Function):
        raise Undefined("division by something that is not a number")
    return top / bottom if not isinstance(top, Range | Law) else top * (1 / bottom)


@rule(t.Pow)
def _pow(ev: Evaluator, node: t.Pow, env: Env) -> Value:
    exponent = ev.value(node.exponent, env)
    if isinstance(node.base, t.Fun) and node.base.name == "e":
        return mp.exp(exponent)
    base = ev.value(node.base, env)
    if isinstance(base, Vec | Law | Function) or isinstance(exponent, Vec):
        raise Undefined("a power of something that is not a number")
    if exponent == int(exponent) if mp.isfinite(exponent) else False:
        if base == 0 and exponent < 0:
            raise Undefined("division by zero")
        return base ** int(exponent)
    if base < 0:
        raise Undefined("a power of a negative number")
    return mp.power(base, exponent)


# Functions that everybody knows -----------------------------------------------------------------

Known = Callable[..., Value]
KNOWN: dict[str, Known] = {
    "tanh": lambda x: mp.tanh(x), "cosh": lambda x: mp.cosh(x), "sinh": lambda x: mp.sinh(x),
    "sin": lambda x: mp.sin(x), "cos": lambda x: mp.cos(x), "atan": lambda x: mp.atan(x),
    "exp": lambda x: mp.exp(x), "e": lambda: +mp.e, "pi": lambda: +mp.pi,
    "infinity": lambda: mp.inf, "ones": lambda: Ones(), "factorial": lambda n: mp.factorial(n),
}  # fmt: skip


def known(name: str) -> Callable[[Known], Known]:
    def register(function: Known) -> Known:
        KNOWN[name] = function
        return function

    return register


@known("log")
def _log(x: Value) -> Value:
    if isinstance(x, Vec):
        raise Undefined("the logarithm of a vector; write its components")
    if x < 0:
        raise Undefined("the logarithm of a negative number")
    return mp.log(x) if x else -mp.inf


@known("sqrt")
def _sqrt(x: Value) -> Value:
    if x < 0:
        raise Undefined("the root of a negative number")
    return mp.sqrt(x)


@known("atanh")
def _atanh(x: Value) -> Value:
    if not -1 < x < 1:
        raise Undefined("artanh outside (−1, 1)")
    return mp.atanh(x)


@known("norm")
def _norm(x: Value) -> Value:
    flat = [a for row in x for a in (row if isinstance(row, Vec) else [row])] if isinstance(x, Vec) else [x]
    return mp.sqrt(mp.fsum(a * a for a in flat))


@known("norm1")
def _norm1(x: Value) -> Value:
    return mp.fsum(abs(a) for a in x)


@known("norminf")
def _norminf(x: Value) -> Value:
    return max(abs(a) for a in x)


@known("transpose")
def _transpose(x: Value) -> Value:
    if isinstance(x, Ones):
        return x
    if isinstance(x, Vec) and x and isinstance(x[0], Vec):
        return Vec(Vec(row[j] for row in x) for j in range(len(x[0])))
    return Vec(x) if isinstance(x, Row) else Row(x)


@known("diag")
def _diag(x: Value) -> Value:
    return Vec(Vec(a if j == k else mpf(0) for k in range(len(x))) for j, a in enumerate(x))


@known("union")
def _union(a: Value, b: Value) -> Value:
    return values.Union((a, b))


def standard_normal() -> Law:
    return Law(densities=((mpf(1), mp.npdf, mp.ncdf),), symmetric=True)


KNOWN["standard normal"] = standard_normal


def with_density(ev: Evaluator, density: Value) -> Law:
    """The distribution with a density; its distribution function by quadrature."""
    return Law(densities=((mpf(1), density, lambda x: ev.integrate(density, high=x)),))


@rule(t.Fun)
def _fun(ev: Evaluator, node: t.Fun, env: Env) -> Value:
    if node.name == "with density":
        return with_density(ev, ev.object(node.args[0], env))
    args = [ev.value(arg, env) for arg in node.args]
    name = node.name
    if name == "abs":
        (x,) = args
        ev.mark(node, x)
        return abs(x)
    if name in ("max", "min"):
        if len(args) == 1 and isinstance(args[0], Vec):
            args = list(args[0])
        for a in args[1:]:
            if isinstance(a, mpf) and isinstance(args[0], mpf):
                ev.mark(node, args[0] - a)
        return max(args) if name == "max" else min(args)
    if name in ("floor", "ceil"):
        return mp.floor(args[0]) if name == "floor" else mp.ceil(args[0])
    try:
        return KNOWN[name](*args)
    except (TypeError, AttributeError):
        raise Undefined(f"{name} of something that is not a number") from None


@rule(t.Call)
def _call(ev: Evaluator, node: t.Call, env: Env) -> Value:
    kinds = _parameter_kinds(ev, node, env)
    args = [
        ev.object(arg, env) if kind in ("function", "law") else single(ev.value(arg, env))
        for arg, kind in zip(node.args, kinds, strict=True)
    ]
    return ev.call(node.function, args, env)


def _parameter_kinds(ev: Evaluator, node: t.Call, env: Env) -> list[str]:
    function = node.function
    while isinstance(function, t.Prime | t.Inverse):
        function = function.function
    assert isinstance(function, t.Sym)
    if function.name in env:
        return ["real"] * len(node.args)
    symbol = ev.lookup(function.name)
    if len(symbol.parameters) != len(node.args):
        return ["real"] * len(node.args)
    scope = symbol.scope or ev.scope
    found = [scope.lookup(name) for name in symbol.parameters]
    return [s.kind if s else "real" for s in found]


@rule(t.Prime)
def _prime(ev: Evaluator, node: t.Prime, env: Env) -> Value:
    """f′ without an argument."""
    if HIDDEN in env:
        return ev.derived(node, (env[HIDDEN],), env)
    function = node.function
    if not isinstance(function, t.Sym) or function.name in env:
        raise Undefined("a derivative without its argument")
    return ev.derived(node, [_default(ev, p, env) for p in ev.lookup(function.name).parameters], env)


@rule(t.Cases)
def _cases(ev: Evaluator, node: t.Cases, env: Env) -> Value:
    for value, condition in node.rows:
        if condition is None or ev.holds(condition, env):
            return ev.value(value, env)
    raise Undefined("no case applies")


@rule(t.Iverson)
def _iverson(ev: Evaluator, node: t.Iverson, env: Env) -> Value:
    return mpf(1) if ev.holds(node.condition, env) else mpf(0)


@rule(t.Vector)
def _vector(ev: Evaluator, node: t.Vector, env: Env) -> Value:
    return Vec(ev.value(item, env) for item in node.items)


# What binds a variable --------------------------------------------------------------------------


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
    ev: Evaluator, node: t.Big, domain: Value, body: Callable[[Value], Value], allowed: Callable[[Value], bool]
) -> Value:
    """An extremum over an interval or the line."""
    if isinstance(domain, Range):
        low, high = domain.low, domain.high
    elif isinstance(domain, Space) and domain.name == "R" and domain.size is None:
        low, high = -mp.inf, mp.inf
    else:
        raise TexError(f"a search over {pretty(node.var)} in a set that is neither finite nor an interval")
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
        result = calculus.derivative(lambda s: ev.value(body, _replaced(ev, first, s, env)), at, order)
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
        if symbol.kind == "function" and len(symbol.parameters) == 1 and symbol.parameters != (HIDDEN,):
            body = t.Call(body, (t.Sym(symbol.parameters[0]),))
    if not isinstance(body, t.Call) or len(body.args) != 1 or not isinstance(body.function, t.Sym):
        return
    argument = body.args[0]
    with ev.quiet():
        inner = ev.value(argument, env)
        if not isinstance(inner, mpf):
            return
        chain = calculus.derivative(lambda s: ev.value(argument, _replaced(ev, variable, s, env)), at)
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
        return Vec(ev.value(t.Diff(node.body, (part,)), env) for part in parts)
    return Vec(Vec(ev.value(t.Diff(node.body, (a, b)), env) for b in parts) for a in parts)


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
    names = [node.variable] if node.variable else randoms(node.body, ev.scope)
    law = ev.object(node.law, env) if node.law else None

    def inside(at: Env) -> Value:
        if node.op == "P":
            return mpf(1) if ev.holds(node.body, at) else mpf(0)
        return ev.value(node.body, at)

    if law is None and len(names) > 1:
        rows = zip(*(env["law " + name].atoms for name in names), strict=True)
        joint = [({**env, **{n: x for n, (x, _) in zip(names, row, strict=True)}}, row[0][1]) for row in rows]
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
            lambda s: values.as_number(ev.value(node.body, {**env, node.variable: s})), target, node.side
        )


# Sets -------------------------------------------------------------------------------------------


@rule(t.Interval)
def _interval(ev: Evaluator, node: t.Interval, env: Env) -> Value:
    low, high = ev.value(node.low, env), ev.value(node.high, env)
    return Range(low, high, node.closed_low, node.closed_high)


@rule(t.SetOf)
def _set_of(ev: Evaluator, node: t.SetOf, env: Env) -> Value:
    items = [ev.value(item, env) for item in node.items]
    if node.run:
        return Run(int(items[0]), items[1])
    return Finite(tuple(items))


@rule(t.Named)
def _named(ev: Evaluator, node: t.Named, env: Env) -> Value:
    size = int(ev.value(node.parameter, env)) if node.parameter else None
    return Space(node.name, size)
