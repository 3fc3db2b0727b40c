"""The contract of every loss: what it takes, what it gives, what it refuses and how it says so."""

import dataclasses
import pickle
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

import lossnb
from tests import support

defaults = pytest.mark.parametrize("loss", support.DEFAULTS, ids=repr)
elementwise = pytest.mark.parametrize(
    "loss", [loss for loss in support.DEFAULTS if not loss._over_axis], ids=repr)
multiclass = pytest.mark.parametrize(
    "loss", [loss for loss in support.DEFAULTS if loss._over_axis], ids=repr)
PACKAGE = Path(lossnb.__file__).parent


@pytest.fixture
def rng():
    return np.random.default_rng(11)


def calls(loss):
    return loss, loss.gradient, loss.hessian


# Architecture


def test_losses_import_nothing_but_numpy():
    code = ("import sys, numpy; before = set(sys.modules); import lossnb; "
            "lossnb.Huber()([1.0], [2.0]); lossnb.kl_divergence([.5, .5], [.5, .5]); "
            "new = {name.split('.')[0] for name in set(sys.modules) - before}; "
            "print(sorted(new - set(sys.stdlib_module_names)))")
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                           cwd=PACKAGE.parent)
    assert set(eval(found.stdout)) <= {"lossnb", "numpy"}


def test_losses_import_nothing_from_the_book():
    for path in PACKAGE.glob("*.py"):
        assert not re.search(r"(from|import)\s+lossnb\.book|from lossnb import .*\bbook\b",
                             path.read_text(encoding="utf-8")), path.name


def test_only_the_bridge_imports_torch():
    for path in PACKAGE.glob("*.py"):
        if path.name != "torch_bridge.py":
            assert not re.search(r"^\s*(import|from) torch\b", path.read_text("utf-8"), re.M), path


def test_modules_are_short_and_losses_small():
    for path in PACKAGE.glob("*.py"):
        assert len(path.read_text("utf-8").splitlines()) <= 420, path.name


def test_the_map_names_everything():
    assert len(set(lossnb.LOSSES)) == len(lossnb.LOSSES) == 19
    assert all(getattr(lossnb, cls.__name__) is cls for cls in lossnb.LOSSES)
    assert set(lossnb.__all__) <= set(dir(lossnb))
    for module in ("regression", "margin", "categorical"):
        for name in vars(getattr(lossnb, module)).values():
            if isinstance(name, type) and issubclass(name, lossnb.Loss) and hasattr(name, "card"):
                assert name in lossnb.LOSSES


@pytest.mark.parametrize("cls", [*lossnb.LOSSES, *map(type, support.INFORMATION)])
def test_docstrings(cls):
    text = cls.__doc__
    assert text.splitlines()[0].endswith("."), "one sentence"
    for part in ("Source:", "Errors: see", "Identities:"):
        assert part in text
    for field in dataclasses.fields(cls) if dataclasses.is_dataclass(cls) else ():
        assert f"{field.name}:" in text


@pytest.mark.parametrize("cls", [*lossnb.LOSSES, *map(type, support.INFORMATION)])
def test_cards(cls):
    card = cls.card
    assert all("=" in tex for tex in (card.formula, card.gradient, card.hessian))
    for tex in (card.formula, card.gradient, card.hessian, *card.domain):
        assert tex.count("{") == tex.count("}")
    count = len(dataclasses.fields(cls)) if dataclasses.is_dataclass(cls) else 0
    assert len(card.domain) == count + len(cls._names)


# Instances


@defaults
def test_instances_are_values(loss):
    assert loss == type(loss)()
    assert hash(loss) == hash(type(loss)())
    assert pickle.loads(pickle.dumps(loss)) == loss
    with pytest.raises(dataclasses.FrozenInstanceError):
        loss.anything = 1
    assert isinstance(loss.facts, lossnb.Facts)
    with pytest.raises(TypeError):
        type(loss)(0.5)


PARAMETERS = [
    (lossnb.Huber, "delta", (0, -1, float("nan"), float("inf"), 10**400)),
    (lossnb.SmoothL1, "beta", (0, -1, float("nan"), float("inf"))),
    (lossnb.Quantile, "tau", (0, 1, -0.1, 1.1, float("nan"))),
    (lossnb.SoftmaxCrossEntropy, "label_smoothing", (-0.1, 1, 1.5, float("nan"))),
    (lossnb.FocalLoss, "gamma", (-0.1, float("nan"), float("inf"))),
    (lossnb.BinaryFocalLoss, "gamma", (-0.1, float("nan"), float("inf"))),
    (lossnb.BinaryFocalLoss, "alpha", (0, 1, -1, float("nan"))),
    (lossnb.FocalLoss, "alpha", ((1, -1), (1, float("nan")), (1,))),
]


@pytest.mark.parametrize(("cls", "name", "values"), PARAMETERS)
def test_parameters_out_of_range(cls, name, values):
    for value in values:
        with pytest.raises(ValueError, match=rf"(?s){name}=.*{name} must be|{name}=.*must hold"):
            cls(**{name: value})
    for value in ("1", 1j, [1.0, "a"], True, np.ones(2) if name != "alpha" else object()):
        with pytest.raises(TypeError, match=name):
            cls(**{name: value})


def test_parameters_are_kept_as_floats():
    assert lossnb.Huber(delta=2) == lossnb.Huber(delta=np.float32(2))
    assert isinstance(lossnb.Huber(delta=2).delta, float)
    assert lossnb.FocalLoss(alpha=[1, 2]).alpha == (1.0, 2.0)
    assert lossnb.FocalLoss(alpha=np.array([1, 2])).alpha == (1.0, 2.0)


def test_parameters_are_rounded_to_the_type():
    loss, rounded = lossnb.Huber(delta=0.1), lossnb.Huber(delta=float(np.float32(0.1)))
    r = np.float32([0.05, 3, 1e20])
    assert np.array_equal(loss(r, 0.0), rounded(r, 0.0))
    half = torch.tensor([3.0], dtype=torch.bfloat16)
    assert loss.gradient(half, half * 0) == torch.tensor(0.1).bfloat16()
    tiny, huge, almost = lossnb.Huber(delta=1e-50), lossnb.Huber(delta=1e50), 1 - 1e-12
    for bad in (tiny, huge, lossnb.Quantile(tau=almost)):
        assert bad(1.0, 0.0) > 0
        with pytest.raises(ValueError, match=r"rounded to float32, is out of range.*float64"):
            bad(r, 0.0)


# Calls


@defaults
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_result_has_the_kind_and_type_of_the_prediction(loss, dtype, rng):
    z, y = support.sample(loss, rng)
    z = z.astype(dtype)
    for other in (y, y.astype(np.float32) if y.dtype.kind == "f" else y.astype(np.int8)):
        for call in calls(loss):
            result = call(z, other)
            assert type(result) is np.ndarray
            assert result.dtype == dtype
            tensor = call(torch.tensor(z), torch.tensor(other))
            assert tensor.dtype == getattr(torch, dtype)
            np.testing.assert_allclose(tensor, result, rtol=3e-6 if dtype == "float32" else 1e-13,
                                       atol=1e-14)
    extra = z.shape[-1:] * loss._over_axis
    assert loss(z, y).shape == z.shape[: z.ndim - loss._over_axis]
    assert loss.gradient(z, y).shape == z.shape
    assert loss.hessian(z, y).shape == z.shape + extra


@defaults
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_types_in_torch(loss, dtype, rng):
    z, y = support.tensors(*support.sample(loss, rng))
    for call in calls(loss):
        result = call(z.to(dtype), y)
        assert result.dtype == dtype
        expected = call(z.to(dtype).double(), y)
        rounded = expected.to(dtype).double()
        torch.testing.assert_close(result.double(), rounded, rtol=8e-3, atol=1e-3)


@defaults
def test_layout_byte_order_and_purity(loss, rng):
    z, y = support.sample(loss, rng)
    before = z.copy(), y.copy()
    expected = [call(z, y) for call in calls(loss)]
    wide = np.repeat(z, 2, axis=0)[::2]
    swapped = z.astype(z.dtype.newbyteorder(">")), y.astype(y.dtype.newbyteorder(">"))
    for arguments in ((wide, y), (np.asfortranarray(z), y[::-1][::-1]), swapped):
        for call, known in zip(calls(loss), expected, strict=True):
            found = call(*arguments)
            assert np.array_equal(found, known)
            assert found.dtype.isnative
    frozen = z.copy()
    frozen.flags.writeable = False
    assert np.array_equal(loss.gradient(frozen, y), expected[1])
    assert np.array_equal(z, before[0])
    assert np.array_equal(y, before[1])
    t, u = torch.tensor(z), torch.tensor(y)
    shuffled = t.t().contiguous().t() if t.ndim == 2 else t.repeat_interleave(2)[::2]
    torch.testing.assert_close(loss(shuffled, u), loss(t, u))


@defaults
def test_value_and_gradient_is_a_tuple_of_both(loss, rng):
    z, y = support.sample(loss, rng)
    pair = loss.value_and_gradient(z, y)
    assert type(pair) is tuple
    assert np.array_equal(pair[0], loss(z, y))
    assert np.array_equal(pair[1], loss.gradient(z, y))
    pair = loss.value_and_gradient(*support.tensors(z, y))
    assert type(pair) is tuple
    assert len(pair) == 2


@elementwise
def test_numbers_and_lists(loss, rng):
    z, y = support.sample(loss, rng)
    assert isinstance(loss(2.5, 1), np.float64)
    assert isinstance(loss(2, 1), np.float64)
    assert loss(z.tolist(), y.tolist()).dtype == np.float64
    assert np.array_equal(loss(z.tolist(), y.tolist()), loss(z, y))
    assert np.array_equal(loss(z, 1), loss(z, np.ones_like(z)))
    assert loss(z.astype(np.float32), 1).dtype == np.float32
    assert np.array_equal(loss(0.5, y), loss(np.full_like(y, 0.5), y))
    assert loss(np.arange(3), np.ones(3)).dtype == np.float64
    zero = loss(np.array(0.5), np.array(1.0))
    assert type(zero) is np.ndarray
    assert zero.shape == ()
    assert loss(torch.tensor(z), 1).shape == z.shape
    assert loss(torch.arange(3), torch.ones(3)).dtype == torch.get_default_dtype()
    assert loss(np.zeros((0, 3)), np.zeros((0, 3))).shape == (0, 3)
    assert loss(np.zeros((2, 3)), np.ones((2, 3))).shape == (2, 3)


@multiclass
def test_class_targets(loss, rng):
    z, y = support.sample(loss, rng, 6)
    known = loss(z, y)
    assert np.array_equal(loss(z.tolist(), y.tolist()), known)
    assert np.array_equal(loss(z, [float(c) for c in y]), known)
    assert np.array_equal(loss(z, y.astype(np.uint8)), known)
    assert np.array_equal(loss(z.reshape(2, 3, 4), y.reshape(2, 3)), known.reshape(2, 3))
    assert np.array_equal(loss(z, 2), loss(z, np.full(6, 2)))
    assert isinstance(loss(z[0].tolist(), 1), np.float64)
    assert loss.hessian(z.reshape(2, 3, 4), y.reshape(2, 3)).shape == (2, 3, 4, 4)
    assert loss(np.zeros((0, 3)), np.zeros(0, int)).shape == (0,)
    tensor = loss(torch.tensor(z), y.tolist())
    np.testing.assert_allclose(tensor, known)
    if loss.targets == "class or distribution":
        one_hot = np.eye(4)[y]
        for call in calls(loss):
            np.testing.assert_array_equal(call(z, one_hot), call(z, y))
            np.testing.assert_array_equal(call(z, one_hot.astype(int).tolist()), call(z, y))


# Not finite


@defaults
def test_nan_predictions_give_nan(loss, rng):
    z, y = support.sample(loss, rng)
    z.reshape(len(z), -1)[0, 0] = np.nan
    for call in calls(loss):
        for result in (call(z, y), call(*support.tensors(z, y)).numpy()):
            assert np.isnan(result[0]).all()
            assert not np.isnan(result[1:]).any()


@elementwise
def test_infinite_predictions_give_limits(loss):
    y = 1.0
    for z in (np.inf, -np.inf, 1e300, -1e300):
        for call in calls(loss):
            assert not np.isnan(call(np.array([z]), y)).any(), (call, z)


@multiclass
def test_masked_classes_have_probability_zero(loss, rng):
    z, y = support.sample(loss, rng, 5, classes=3)
    masked = np.concatenate([z, np.full((5, 1), -np.inf)], axis=1)
    if getattr(loss, "label_smoothing", 0) == 0:
        np.testing.assert_allclose(loss(masked, y), loss(z, y), rtol=1e-15)
        np.testing.assert_allclose(loss.gradient(masked, y)[:, :3], loss.gradient(z, y), rtol=1e-15)
        assert (loss.gradient(masked, y)[:, 3] == 0).all()
        inner = loss.hessian(masked, y)[:, :3, :3]
        np.testing.assert_allclose(inner, loss.hessian(z, y), atol=1e-16)
    expected = 2.0 if isinstance(loss, lossnb.Brier) else np.inf
    assert (loss(masked[:1] * [[1, 1, 1, 1]], [3]) <= expected).all()
    assert loss(np.array([[0.0, -np.inf]]), [1])[0] == expected
    assert not np.isnan(loss.gradient(np.array([[0.0, -np.inf]]), [1])).any()
    assert np.isnan(loss(np.full((1, 2), -np.inf), [1])).all() or "Hinge" in type(loss).__name__


# Errors


@defaults
def test_wrong_kinds_are_type_errors(loss, rng):
    z, y = support.sample(loss, rng)
    t, u = support.tensors(z, y)
    for arguments, name in [
        ((t, y), "target"), ((z, u), "prediction"), ((z + 0j, y), "prediction"),
        ((z, y + 0j), "target"), ((t + 0j, u), "prediction"), ((z.astype(str), y), "prediction"),
        ((z, y.astype(str)), "target"), (("a", y), "prediction"), ((z, None), "target"),
        ((z.astype(object), y), "prediction"), ((list(t), u), "prediction"),
    ]:
        for call in (*calls(loss), loss.value_and_gradient):
            with pytest.raises(TypeError, match=name):
                call(*arguments)


@defaults
def test_other_bad_input_is_a_value_error(loss, rng):
    z, y = support.sample(loss, rng)
    for arguments, message in [
        ((z.astype(np.float16), y), r"prediction has type float16.*float32"),
        ((z.astype(np.longdouble), y), r"prediction has type .*convert"),
        ((z, y[:-1]), r"target has shape \(7,\)"),
        ((z, y[:, None]), r"target has shape \(8, 1\)"),
        ((z[:, None], y), r"target has shape \(8,\)"),
        ((np.ma.masked_array(z), y), r"prediction is a masked array.*fill"),
        (([[1.0], [1.0, 2.0]], y), r"prediction is not a rectangular"),
        ((z, np.where(np.arange(8) == 3, np.nan, y)), r"target (holds nan|has shape|holds)"),
    ]:
        for call in (*calls(loss), loss.value_and_gradient):
            with pytest.raises(ValueError, match=message):
                call(*arguments)
    t, u = support.tensors(z, y)
    with pytest.raises(ValueError, match=r"target requires grad.*detach"):
        loss(t, u.double().clone().requires_grad_())
    with pytest.raises(ValueError, match=r"target has shape"):
        loss(t, u[:-1])
    with pytest.raises(ValueError, match=r"prediction has type torch.float8"):
        loss(t.to(torch.float8_e4m3fn), u)


def test_margin_labels():
    z = np.zeros(3)
    for loss in support.DEFAULTS:
        if loss.targets != "sign":
            continue
        for cast in (np.int8, np.int64, np.float16, np.float32):
            assert loss(z, np.array([1, -1, 1], cast)).shape == (3,)
        with pytest.raises(ValueError, match=r"target holds 0.*pass 2 \* target - 1"):
            loss(z, [0, 1, 1])
        with pytest.raises(ValueError, match="target holds 2"):
            loss(torch.zeros(3), torch.tensor([1, -1, 2]))
        for bad in (np.array([True, False, True]), torch.tensor([1, 255, 1], dtype=torch.uint8),
                    np.array([1, 255, 1], np.uint8)):
            with pytest.raises(ValueError, match="target holds"):
                loss(z if isinstance(bad, np.ndarray) else torch.zeros(3), bad)


def test_unit_targets():
    z = np.zeros(2)
    assert lossnb.BinaryCrossEntropy()(z, [0.25, True]).shape == (2,)
    for loss in (lossnb.BinaryCrossEntropy(), lossnb.BinaryFocalLoss()):
        with pytest.raises(ValueError, match=r"target holds -1.*\(target \+ 1\) / 2"):
            loss(z, [-1, 1])
        with pytest.raises(ValueError, match=r"target holds 1.5"):
            loss(z, [0, 1.5])
    with pytest.raises(ValueError, match=r"target holds 0.5, but must be 0 or 1"):
        lossnb.BinaryFocalLoss()(z, [0.5, 1])


@multiclass
def test_class_errors(loss):
    z = np.zeros((2, 3))
    for target, message in [
        ([0, 3], "target holds 3, but a class index is 0 to 2"), ([0, -100], "target holds -100"),
        (np.array([0.0, 1.0]), "target has shape .*type float64.*long"),
        (np.array([True, False]), "target has shape .*type bool"),
        (np.eye(3)[:2].astype(int), "target has shape"), ([0.5, 1.0], "target has shape"),
    ]:
        with pytest.raises(ValueError, match=message):
            loss(z, target)
        if isinstance(target, list):
            with pytest.raises(ValueError, match=message):
                loss(torch.tensor(z), torch.tensor(target))
    for bad in (np.zeros((2, 1)), np.zeros(())):
        with pytest.raises(ValueError, match=r"prediction has shape .*two or more classes"):
            loss(bad, [0, 0])
    soft = np.array([[0.2, 0.3, 0.5], [0.1, 0.8, 0.1]])
    if loss.targets == "class":
        with pytest.raises(ValueError, match="target has shape"):
            loss(z, soft)
        return
    for bad, message in [(soft + 0.1, "target sums to 1.3"), (soft - 0.25, "target holds -0.0499"),
                         (soft * np.nan, "target holds nan"), (soft * 1.0002, "target sums to")]:
        with pytest.raises(ValueError, match=message):
            loss(z, bad)
    assert loss(z, soft * 1.00005).shape == (2,)
    half = torch.tensor(soft * 1.005).half()
    assert loss(torch.tensor(z), half).shape == (2,)


def test_narrow_indices_of_many_classes():
    z = np.zeros((2, 300))
    for loss in support.DEFAULTS:
        if loss._over_axis:
            narrow = loss(torch.tensor(z), torch.tensor([5, 200], dtype=torch.uint8))
            torch.testing.assert_close(narrow, loss(torch.tensor(z), torch.tensor([5, 200])))
            assert loss(z, np.array([5, 200], np.uint8)).shape == (2,)


def test_focal_alpha_has_one_weight_per_class():
    with pytest.raises(ValueError, match="alpha has 2 weights but prediction has 3"):
        lossnb.FocalLoss(alpha=(1, 2))(np.zeros((1, 3)), [0])


def test_shapes_never_broadcast():
    message = r"target has shape \(3,\) but prediction has shape \(3, 1\)"
    with pytest.raises(ValueError, match=message):
        lossnb.SquaredError()(np.zeros((3, 1)), np.zeros(3))
    with pytest.raises(ValueError, match="nothing is broadcast"):
        lossnb.SquaredError()(np.zeros(3), np.array(0.0))
    with pytest.raises(ValueError, match="nothing is broadcast"):
        lossnb.SquaredError()(torch.zeros(3), torch.tensor(0.0))


def test_a_meta_device_is_another_device():
    with pytest.raises(ValueError, match=r"target is on cpu, not on meta"):
        lossnb.Huber()(torch.zeros(3, device="meta"), torch.zeros(3))
