"""How each construct is evaluated: the rules that `evaluate.Evaluator` looks up."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from mpmath import mp, mpf

from . import calculus, free, values
from . import tree as t
from .evaluate import HIDDEN, Env, Evaluator, rule
from .symbols import Symbol, pretty
from .tokens import TexError
from .values import (
    Finite,
    Function,
    Law,
    Number,
    Ones,
    Range,
    Row,
    Run,
    Space,
    Undefined,
    Value,
    Vec,
)


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
        return _remembered(ev, symbol, env, lambda at: _root(ev, symbol, at))
    if symbol.definition is not None and symbol.kind == "set":
        return ev.under(symbol.scope).value(symbol.definition, env)
    if symbol.definition is not None:
        inner = ev.under(symbol.scope)
        if symbol.index:
            return inner.components(symbol, env)
        body = symbol.definition
        return _remembered(ev, symbol, env, lambda at: values.single(inner.value(body, at)))
    raise TexError(f"the symbol {pretty(node.name)} has no value here")


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


def _root(ev: Evaluator, symbol: Symbol, env: Env) -> Value:
    """A symbol that is given by an equation."""
    chain = symbol.equation
    assert isinstance(chain, t.Chain)
    inner = ev.under(symbol.scope)
    domain = inner.value(symbol.domain, env) if symbol.domain else Space("R")
    low, high = (domain.low, domain.high) if isinstance(domain, Range) else (-mp.inf, mp.inf)

    def gap(x: Number) -> Number:
        at = {**env, symbol.name: x}
        return inner.value(chain.sides[0], at) - inner.value(chain.sides[1], at)

    with ev.quiet():
        return calculus.root(gap, low, high)


def _remembered(ev: Evaluator, symbol: Symbol, env: Env, find: Callable[[Env], Value]) -> Value:
    """A number that is integrated or searched for, once for each value of what it depends on."""
    env = {k: v for k, v in env.items() if k != HIDDEN}
    depends = ev.state.depends.get(id(symbol))
    if depends is None:
        node = symbol.equation or symbol.definition
        assert node is not None
        home = symbol.scope or ev.scope
        heavy = symbol.equation is not None or free.costly(node, home)
        found = free.names(node, home)
        loose = free.randoms(node, home)  # the others are bound by an expectation inside
        plain = [n for n, s in found.items() if s.kind != "random" or n in loose]
        depends = ev.state.depends[id(symbol)] = (heavy, [*plain, *("law " + n for n in found)])
    heavy, names = depends
    if not heavy:
        return find(env)
    key = (id(symbol), mp.prec, tuple((n, env[n]) for n in names if n in env))
    if key not in ev.state.roots:
        ev.state.roots[key] = find(env)
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
def _log(x: Value, base: Value = None) -> Value:
    if isinstance(x, Vec):
        raise Undefined("the logarithm of a vector; write its components")
    if x < 0:
        raise Undefined("the logarithm of a negative number")
    if base is not None and not base > 1:
        raise Undefined("a logarithm whose base is not above one")
    natural = mp.log(x) if x else -mp.inf
    return natural if base is None else natural / mp.log(base)


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
    flat = (
        [a for row in x for a in (row if isinstance(row, Vec) else [row])]
        if isinstance(x, Vec)
        else [x]
    )
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
    if node.name == "classes":  # the law of a class with the probabilities p
        return Law(
            tuple((mpf(k), w) for k, w in enumerate(ev.value(node.args[0], env), start=1) if w)
        )
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
        ev.object(arg, env) if kind in ("function", "law") else values.single(ev.value(arg, env))
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
    return ev.derived(
        node, [_default(ev, p, env) for p in ev.lookup(function.name).parameters], env
    )


@rule(t.Cases)
def _cases(ev: Evaluator, node: t.Cases, env: Env) -> Value:
    """The value of the case that applies; where two apply they must agree."""
    found: list[Value] = []
    for value, condition in node.rows:
        if condition is None:
            if not found:
                return ev.value(value, env)
        elif ev.holds(condition, env):
            found.append(ev.value(value, env))
            if ev.state.quiet:
                break
    if not found:
        raise values.NoCase("no case applies")
    if any(not values.same(found[0], other, mpf(10) ** -12) for other in found[1:]):
        raise values.Contradiction(
            "two cases apply and differ: " + " and ".join(values.shown(v) for v in found)
        )
    return found[0]


@rule(t.Iverson)
def _iverson(ev: Evaluator, node: t.Iverson, env: Env) -> Value:
    return mpf(1) if ev.holds(node.condition, env) else mpf(0)


@rule(t.Vector)
def _vector(ev: Evaluator, node: t.Vector, env: Env) -> Value:
    return Vec(ev.value(item, env) for item in node.items)


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
