"""Entropy, cross-entropy, KL and JS divergence: identities, limits, shapes, errors."""

import numpy as np
import pytest
import torch
from scipy import special, stats
from scipy.spatial import distance

import lossnb
from lossnb import cross_entropy, entropy, js_divergence, kl_divergence
from tests import support
from tests.accuracy import reference

functions = pytest.mark.parametrize("function", support.INFORMATION, ids=repr)


@pytest.fixture
def rng():
    return np.random.default_rng(3)


@pytest.fixture
def pq(rng):
    return rng.dirichlet(np.ones(5), 20), rng.dirichlet(np.ones(5), 20)


def of(function, p, q, **options):
    return function(*(p, q)[: len(function._names)], **options)


def test_against_scipy(pq):
    p, q = pq
    np.testing.assert_allclose(entropy(p), stats.entropy(p, axis=-1), rtol=1e-14)
    np.testing.assert_allclose(kl_divergence(p, q), special.rel_entr(p, q).sum(-1), rtol=1e-12)
    np.testing.assert_allclose(
        js_divergence(p, q), distance.jensenshannon(p, q, axis=-1) ** 2, rtol=1e-12)
    np.testing.assert_allclose(cross_entropy(p, q), entropy(p) + kl_divergence(p, q), rtol=1e-14)


def test_identities(pq):
    p, q = pq
    m = (p + q) / 2
    np.testing.assert_allclose(cross_entropy(p, p), entropy(p), rtol=1e-15)
    np.testing.assert_allclose(js_divergence(p, q), js_divergence(q, p), rtol=1e-14)
    np.testing.assert_allclose(
        js_divergence(p, q), entropy(m) - entropy(p) / 2 - entropy(q) / 2, rtol=1e-12)
    uniform = np.full(5, 0.2)
    np.testing.assert_allclose(
        entropy(p), np.log(5) - [kl_divergence(row, uniform) for row in p], rtol=1e-13)
    assert (kl_divergence(p, q) > 0).all()
    assert (kl_divergence(p, p) == 0).all()
    assert (js_divergence(p, p) == 0).all()


@functions
def test_logits_are_softmaxed(function, rng):
    a, b = rng.normal(size=(2, 6, 5)) * 3
    p, q = special.softmax(a, -1), special.softmax(b, -1)
    np.testing.assert_allclose(of(function, a, b, logits=True), of(function, p, q), rtol=1e-12)
    shifted = of(function, a + 4.0, b - 8.0, logits=True)
    np.testing.assert_allclose(shifted, of(function, p, q), rtol=1e-12)
    masked = [np.insert(x, 0, -np.inf, axis=-1) for x in (a, b)]
    np.testing.assert_allclose(of(function, *masked, logits=True), of(function, p, q), rtol=1e-12)
    gradient = function.gradient(*masked[: len(function._names)], logits=True)
    assert (gradient[:, 0] == 0).all()
    assert np.isnan(of(function, a * np.nan, b * np.nan, logits=True)).all()


def test_zeros():
    assert entropy([1.0, 0.0]) == 0
    assert kl_divergence([0.5, 0.5], [1.0, 0.0]) == np.inf
    assert kl_divergence([1.0, 0.0], [0.5, 0.5]) == pytest.approx(np.log(2))
    assert kl_divergence([1.0, 0.0], [1.0, 0.0]) == 0
    assert cross_entropy([1.0, 0.0], [1.0, 0.0]) == 0
    assert cross_entropy([0.5, 0.5], [1.0, 0.0]) == np.inf
    assert js_divergence([1.0, 0.0], [0.0, 1.0]) == np.log(2)
    assert kl_divergence([0.0, 0.0], [0.0, -np.inf], logits=True) == np.inf
    assert kl_divergence([0.0, -np.inf], [0.0, 0.0], logits=True) == pytest.approx(np.log(2))
    assert js_divergence([0, -np.inf], [-np.inf, 0], logits=True) == pytest.approx(np.log(2))
    assert kl_divergence.gradient([1.0, 0.0], [1.0, 0.0]).tolist() == [-1.0, 0.0]
    assert entropy([1.0]) == kl_divergence([1.0], [1.0]) == entropy([3.0], logits=True) == 0


def test_close_distributions_keep_their_digits():
    a = np.array([0.3, -1.2, 2.0])
    h = np.array([1e-9, -2e-9, 3e-9])
    p = special.softmax(a)
    fisher = (p * h**2).sum() - (p * h).sum() ** 2
    assert kl_divergence(a, a + h, logits=True) == pytest.approx(fisher / 2, rel=1e-6)
    assert js_divergence(a, a + h, logits=True) == pytest.approx(fisher / 8, rel=1e-6)


def test_close_logits_against_seven_hundred_digits(rng):
    a = rng.normal(size=(20, 4)) * 3
    for apart in (1e-13, 1e-10, 1e-6, 1e-2):
        b = a + apart * rng.normal(size=a.shape)
        for function in (kl_divergence, js_divergence):
            found = function(a, b, logits=True)
            truth = [float(reference.divergence(function.name, u, v)[0])
                     for u, v in zip(a.tolist(), b.tolist(), strict=True)]
            np.testing.assert_allclose(found, truth, rtol=1e-12)


def test_nothing_is_normalised():
    """Sums may differ from one by 1e-4; the value is the printed sum all the same."""
    p, q = np.array([0.3, 0.70008]), np.array([0.6, 0.39995])
    np.testing.assert_allclose(kl_divergence(p, q), (p * np.log(p / q)).sum(), rtol=1e-14)
    np.testing.assert_allclose(cross_entropy(p, q), -(p * np.log(q)).sum(), rtol=1e-14)
    np.testing.assert_allclose(entropy(p), -(p * np.log(p)).sum(), rtol=1e-14)
    m = (p + q) / 2
    js = (p * np.log(p / m) + q * np.log(q / m)).sum() / 2
    np.testing.assert_allclose(js_divergence(p, q), js, rtol=1e-13)


@functions
def test_types_and_shapes(function, rng):
    p = rng.dirichlet(np.ones(4), (2, 3))
    value = of(function, p, p)
    assert value.shape == (2, 3)
    assert function.gradient(*(p, p)[: len(function._names)]).shape == p.shape
    assert of(function, p, p.astype(np.float32)).dtype == (
        np.float32 if function is not entropy else np.float64)
    assert of(function, p.astype(np.float32), p).dtype == (
        np.float64 if function is not entropy else np.float32)
    tensor = of(function, torch.tensor(p), torch.tensor(p).float())
    assert tensor.shape == (2, 3)
    assert isinstance(of(function, [0.5, 0.5], [0.25, 0.75]), np.float64)
    half = torch.tensor(p).bfloat16()
    assert of(function, half, half).dtype == torch.bfloat16
    value, gradient = function.value_and_gradient(*(p, p)[: len(function._names)])
    assert value.shape == (2, 3)
    assert gradient.shape == p.shape
    assert repr(function) == f"lossnb.{function.name}"
    assert getattr(lossnb, function.name) is function


@functions
def test_errors(function, rng):
    p = rng.dirichlet(np.ones(3), 2)
    q = rng.dirichlet(np.ones(3), 2)
    last = function._names[-1]
    two = len(function._names) == 2
    for bad, message in [
        (q * 1.01, f"{last} sums to 1.01.*normalise"), (q - 0.5, f"{last} holds -"),
        (q * np.nan, f"{last} holds nan"), (np.zeros((2, 0)), f"{last} has shape|q has shape"),
        (1.0, f"{last} has shape"),
    ]:
        for call in (function, function.gradient, function.value_and_gradient):
            with pytest.raises(ValueError, match=message):
                call(*((p, bad) if two else (bad,)))
        if not isinstance(bad, float):
            with pytest.raises(ValueError, match=message):
                function(*map(torch.tensor, (p, bad) if two else (bad,)))
    if two:
        with pytest.raises(ValueError, match="p sums to"):
            function(p * 2, q)
        with pytest.raises(ValueError, match=r"q has shape \(3,\) but p has shape \(2, 3\)"):
            function(p, q[0])
        with pytest.raises(TypeError, match="p is a NumPy"):
            function(p, torch.tensor(q))
    with pytest.raises(TypeError, match=f"{last} is complex"):
        of(function, p, q + 0j) if two else function(p + 0j)
    with pytest.raises(TypeError):
        function("ab", "cd") if two else function("ab")


def test_tolerance_of_sums():
    p = np.array([0.5, 0.50009])
    assert entropy(p) > 0
    with pytest.raises(ValueError, match=r"1\.00019"):
        entropy(p + 0.00005)
    with pytest.raises(ValueError, match=r"within 0\.01"):
        entropy(torch.tensor([0.5, 0.52]).half())
    assert entropy(torch.tensor([0.5, 0.505]).half()) > 0


def test_both_arguments_are_differentiable(pq):
    p, q = (torch.tensor(x, requires_grad=True) for x in pq)
    for function in (cross_entropy, kl_divergence, js_divergence):
        slopes = torch.autograd.grad(function(p, q).sum(), (p, q))
        assert all(s.abs().sum() > 0 for s in slopes)
        (only,) = torch.autograd.grad(function(p, q.detach()).sum(), p)
        torch.testing.assert_close(only, slopes[0])
