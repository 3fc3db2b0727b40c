"""The whole sweep, written to benchmarks/accuracy.json with its provenance; 1 if a bound is broken.

    python -m tests.accuracy [--size 1] [--seed 2026] [--out FILE]
"""

import argparse
import importlib.metadata
import json
import platform
import sys
from pathlib import Path

import numpy as np

import lossnb.book  # noqa: F401  (one thread for every library)
from tests.accuracy import sweep

TABLE = Path(__file__).parents[2] / "benchmarks" / "accuracy.json"
LIBRARIES = ("numpy", "torch", "jax", "optax", "keras", "scikit-learn", "scipy", "mpmath")


def processor():
    """The processor's name: the last bits depend on the kernels that it selects."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((x.split(":")[1].strip() for x in lines if x.startswith("model name")), "unknown")


def entry(row):
    errors = row.errors
    return {
        "loss": row.loss, "by": row.by, "dtype": row.dtype, "classes": row.classes,
        "quantity": row.quantity, "max": float(f"{errors.most:.3g}"),
        "median": float(f"{errors.median:.2g}"), "count": errors.count, "bad": int(errors.bad),
        "zeros": int(errors.zeros),
        **({"bound": row.bound, "of": row.bound_of} if row.bound is not None else {}),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=float, default=1.0, help="inputs, relative to a short sweep")
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--out", type=Path, default=TABLE)
    options = parser.parse_args()
    rng, rows, broken = np.random.default_rng(options.seed), [], []
    for row in (*sweep.ours(rng, options.size), *sweep.halves(rng, options.size),
                *sweep.all_others(rng, options.size / 2)):
        rows.append(row)
        if row.by in ("numpy", "torch") and not row.kept:
            broken.append(row)
            print(f"over its bound: {entry(row)} at {row.errors.worst}", file=sys.stderr)
    head = {
        "what": "ULP against mpmath; bad: NaN or inf, zeros: 0, where the truth is a normal number",
        "provenance": {
            "seed": options.seed, "size": options.size, "processor": processor(),
            "python": platform.python_version(),
            **{name: importlib.metadata.version(name) for name in LIBRARIES},
        },
    }
    lines = ",\n".join(json.dumps(entry(row), ensure_ascii=False) for row in rows)
    text = json.dumps(head, ensure_ascii=False, indent=1)[:-2] + f',\n "rows": [\n{lines}\n]}}'
    options.out.parent.mkdir(exist_ok=True)
    options.out.write_text(text + "\n", encoding="utf-8")
    print(f"{len(rows)} rows, {len(broken)} over their bounds: {options.out}")
    return bool(broken)


if __name__ == "__main__":
    sys.exit(main())
