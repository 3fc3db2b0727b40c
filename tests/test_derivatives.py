"""Gradients and Hessians of every loss: differences, autograd of the definition, transforms."""

import mpmath as mp
import numpy as np
import pytest
import torch

import lossnb
from tests import definitions, support
from tests.accuracy import reference

losses = pytest.mark.parametrize("loss", support.INSTANCES, ids=repr)
defaults = pytest.mark.parametrize("loss", support.DEFAULTS, ids=repr)
information = pytest.mark.parametrize("function", support.INFORMATION, ids=repr)
on_logits = pytest.mark.parametrize("logits", [False, True])


@pytest.fixture
def rng():
    return np.random.default_rng(5)


def test_every_loss_has_a_definition_and_a_reference():
    names = {cls.__name__ for cls in lossnb.LOSSES}
    assert names == set(definitions.DEFINITIONS), "write its definition in tests/definitions.py"
    known = set(reference.SCALAR) | set(reference.LOGITS)
    assert names == known, "write its truth in tests/accuracy/reference.py"


@losses
@pytest.mark.parametrize("soft", [False, True])
def test_autograd_of_the_definition(loss, soft, rng):
    if soft and loss.targets not in ("unit", "class or distribution"):
        soft = False
    z, y = support.tensors(*support.sample(loss, rng, 40, soft=soft))
    z.requires_grad_()
    value = definitions.define(loss)(z, y)
    (slope,) = torch.autograd.grad(value.sum(), z, create_graph=True)
    torch.testing.assert_close(loss(z.detach(), y), value.detach(), rtol=1e-11, atol=1e-13)
    torch.testing.assert_close(loss.gradient(z.detach(), y), slope.detach(), rtol=1e-10, atol=1e-13)
    rows = [slope] if not loss._over_axis else slope.unbind(-1)
    curved = [
        torch.autograd.grad(row.sum(), z, retain_graph=True)[0] if row.requires_grad else 0 * z
        for row in rows
    ]
    expected = torch.stack(curved, -2) if loss._over_axis else curved[0]
    hessian = loss.hessian(z.detach(), y)
    torch.testing.assert_close(hessian, expected.detach(), rtol=1e-9, atol=1e-12)


@losses
def test_differences_of_the_high_precision_value(loss, rng):
    z, y = support.sample(loss, rng, 6)
    gradient, hessian = loss.gradient(z, y), loss.hessian(z, y)
    with mp.workdps(40):
        for i in range(len(z)):
            if not loss._over_axis:
                def value(x, i=i):
                    return reference.scalar(loss, x, y[i])[0]

                assert np.isclose(float(mp.diff(value, z[i])), gradient[i], rtol=1e-12, atol=1e-14)
                second = float(mp.diff(value, z[i], 2))
                assert np.isclose(second, hessian[i], rtol=1e-11, atol=1e-12)
                continue
            for j in range(z.shape[1]):
                def along(x, i=i, j=j):
                    row = [mp.mpf(v) for v in z[i].tolist()]
                    row[j] = x
                    return reference.logits(loss, row, y[i])

                difference = mp.diff(lambda x, f=along: f(x)[0], z[i, j])
                assert np.isclose(float(difference), gradient[i, j], rtol=1e-12, atol=1e-14)
                for k in range(z.shape[1]):
                    second = mp.diff(lambda x, f=along, k=k: f(x)[1][k], z[i, j])
                    assert np.isclose(float(second), hessian[i, j, k], rtol=1e-11, atol=1e-12)


@losses
def test_gradcheck_and_gradgradcheck(loss, rng):
    z, y = support.tensors(*support.sample(loss, rng, 3, soft=True))
    z.requires_grad_()
    assert torch.autograd.gradcheck(lambda x: loss(x, y), (z,))
    assert torch.autograd.gradcheck(lambda x: loss.gradient(x, y), (z,))
    assert torch.autograd.gradcheck(lambda x: loss.value_and_gradient(x, y), (z,))
    assert torch.autograd.gradgradcheck(lambda x: loss(x, y), (z,))


@losses
def test_torch_func(loss, rng):
    z, y = support.tensors(*support.sample(loss, rng, 5))
    func, gradient, hessian = torch.func, loss.gradient(z, y), loss.hessian(z, y)
    close = torch.testing.assert_close
    one = func.grad(lambda x, t: loss(x, t))
    close(func.vmap(loss)(z, y), loss(z, y))
    close(func.vmap(loss.gradient)(z, y), gradient)
    close(func.vmap(loss.hessian)(z, y), hessian)
    close(func.grad(lambda x: loss(x, y).sum())(z), gradient)
    close(func.vmap(one)(z, y), gradient)
    close(func.grad(lambda x: func.vmap(loss)(x, y).sum())(z), gradient)
    close(func.vmap(func.jacrev(one))(z, y), hessian)
    close(func.vmap(func.jacrev(func.jacrev(loss)))(z, y), hessian)
    value, pull = func.vjp(lambda x: loss(x, y), z)
    close(pull(torch.ones_like(value))[0], gradient)
    close(func.vmap(func.vmap(loss))(z[None], y[None]), loss(z, y)[None])
    # the batch dimension may stand anywhere, and the target may be shared
    moved = z.movedim(0, -1)
    close(func.vmap(loss, in_dims=(-1, 0))(moved, y), loss(z, y))
    close(func.vmap(loss, in_dims=(0, None))(z, y[0]), loss(z, y[0].expand(5).clone()))


@defaults
def test_bad_targets_are_found_under_torch_func(loss, rng):
    z, y = support.tensors(*support.sample(loss, rng, 5))
    bad = torch.full_like(y, 7) if loss.targets != "real" else y * float("nan")
    with pytest.raises(ValueError, match="target"):
        torch.func.vmap(loss)(z, bad)
    with pytest.raises(ValueError, match="target"):
        torch.func.vmap(torch.func.grad(loss))(z, bad)


@pytest.mark.parametrize("loss", [*support.DEFAULTS, lossnb.Huber(delta=0.1),
                                  lossnb.FocalLoss(gamma=0.7, alpha=(0.5, 1.0, 2.0, 1.5)),
                                  lossnb.SoftmaxCrossEntropy(label_smoothing=0.1)], ids=repr)
@pytest.mark.filterwarnings("ignore")  # of torch.compile itself
def test_compile(loss, rng):
    torch._dynamo.reset()
    z, y = support.tensors(*support.sample(loss, rng, 6), dtype=torch.float32)
    x = z.clone().requires_grad_()

    def run(x, t):
        return loss(x, t), loss.gradient(x, t), loss.hessian(x, t)

    compiled = torch.compile(run, fullgraph=True, backend="aot_eager")
    found, expected = compiled(x, y), run(z, y)
    torch.testing.assert_close(found, expected)
    found[0].sum().backward()
    torch.testing.assert_close(x.grad, expected[1])


@pytest.mark.filterwarnings("ignore")
def test_compile_checks_shapes_and_serves_inference(rng):
    torch._dynamo.reset()
    loss = lossnb.Huber(delta=0.1)
    z, y = support.tensors(*support.sample(loss, rng, 6))
    compiled = torch.compile(loss.value_and_gradient, fullgraph=True, backend="aot_eager")
    torch.testing.assert_close(compiled(z, y), loss.value_and_gradient(z, y))
    with pytest.raises(Exception, match="target has shape"):
        compiled(z, y[:-1])


@pytest.mark.filterwarnings("ignore")
def test_compile_by_inductor_where_there_is_a_compiler(rng):
    import shutil

    if not shutil.which("g++"):
        pytest.skip("torch's inductor needs a C++ compiler: apt-get install g++")
    torch._dynamo.reset()
    losses = [lossnb.Huber(delta=0.1), lossnb.LogCosh(), lossnb.BinaryFocalLoss()]
    z, y = support.tensors(rng.normal(size=64), rng.choice([0.0, 1.0], 64), dtype=torch.float32)

    def run(x):
        return sum(loss(x, y) for loss in losses)

    x, u = z.clone().requires_grad_(), z.clone().requires_grad_()
    torch.compile(run, fullgraph=True)(x).sum().backward()
    run(u).sum().backward()
    torch.testing.assert_close(x.grad, u.grad)


def arguments(function, logits, rng, count=3, classes=4):
    a, b = (rng.normal(size=(count, classes)) for _ in "ab")
    if not logits:
        a, b = rng.dirichlet(np.ones(classes), count), rng.dirichlet(np.ones(classes), count)
    return support.tensors(a, b)[: len(function._names)]


@information
@on_logits
def test_information_against_autograd(function, logits, rng):
    x = [t.requires_grad_() for t in arguments(function, logits, rng, 20)]
    inputs = [t.softmax(-1) if logits else t for t in x]
    value = definitions.INFORMATION[function.name](*inputs)
    ours = function(*x, logits=logits)
    torch.testing.assert_close(ours, value, rtol=1e-12, atol=1e-14)
    slopes = torch.autograd.grad(value.sum(), x, create_graph=True)
    found = torch.autograd.grad(ours.sum(), x, create_graph=True)
    torch.testing.assert_close(found, slopes, rtol=1e-10, atol=1e-13)
    torch.testing.assert_close(function.gradient(*x, logits=logits), slopes[-1])
    weights = [torch.randn_like(s) for s in slopes]

    def second(slopes):
        weighted = sum((s * w).sum() for s, w in zip(slopes, weights, strict=True))
        return torch.autograd.grad(weighted, x)

    torch.testing.assert_close(second(found), second(slopes), rtol=1e-9, atol=1e-12)


@information
def test_information_transforms(function, rng):
    x = [t.requires_grad_() for t in arguments(function, True, rng)]

    def call(*inputs):
        return function(*inputs, logits=True)

    assert torch.autograd.gradcheck(call, x)
    assert torch.autograd.gradgradcheck(call, x)
    x = [t.detach() for t in x]
    last = len(x) - 1
    torch.testing.assert_close(torch.func.vmap(torch.func.grad(call, argnums=last))(*x),
                               function.gradient(*x, logits=True))
    p = arguments(function, False, rng)
    torch.testing.assert_close(torch.func.vmap(function)(*p), function(*p))
    with pytest.raises(ValueError, match="sums to"):
        torch.func.vmap(function)(*[2 * t for t in p])


@information
@on_logits
@pytest.mark.filterwarnings("ignore")
def test_information_compiles(function, logits, rng):
    torch._dynamo.reset()
    x = [t.float() for t in arguments(function, logits, rng)]

    u = [t.clone().requires_grad_() for t in x]
    value = torch.compile(
        lambda *inputs: function(*inputs, logits=logits), fullgraph=True, backend="aot_eager")(*u)
    torch.testing.assert_close(value.detach(), function(*x, logits=logits))
    value.sum().backward()
    torch.testing.assert_close(u[-1].grad, function.gradient(*x, logits=logits))


def test_a_third_derivative_is_right_or_refused(rng):
    z = torch.tensor([0.3], dtype=torch.float64, requires_grad=True)
    (first,) = torch.autograd.grad(lossnb.Logistic()(z, 1).sum(), z, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), z, create_graph=True)
    (third,) = torch.autograd.grad(second.sum(), z)
    p = torch.sigmoid(z).item()
    assert third.item() == pytest.approx(p * (1 - p) * (1 - 2 * p))


def test_the_graph_keeps_no_intermediate_results(rng):
    """Of a focal loss autograd keeps the inputs and the gradient, nothing else."""
    z = torch.randn(100, requires_grad=True)
    kept = []
    with torch.autograd.graph.saved_tensors_hooks(lambda t: kept.append(t.shape) or t, lambda t: t):
        lossnb.BinaryFocalLoss()(z, torch.ones(100))
    assert len(kept) == 3
