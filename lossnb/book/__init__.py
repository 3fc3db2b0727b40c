"""What the chapters use besides the losses: figures, data, glue, claims, the checks of the page.

Importing it settles what would make a number differ between two machines: one thread for every
numerical library (a sum split over threads is rounded in another order), and Keras on torch.
"""

import os

for _name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")  # for the libraries that are loaded after this line
os.environ.setdefault("KERAS_BACKEND", "torch")

try:  # NumPy's BLAS is loaded already; this reaches it
    from threadpoolctl import threadpool_limits
except ImportError:  # not part of the extra `book`, which executes nothing
    pass
else:
    threadpool_limits(1)


def glue(name: str, value: object) -> None:
    """Store `value` under `name` in the notebook, for {glue:text} in a sentence.

    The value is a plain Python number, already rounded to what any machine reproduces, or a string.
    A NumPy scalar would print as ``np.float64(1.5)`` on the page.
    """
    if type(value) not in (int, float, str):
        raise TypeError(
            f"glue({name!r}): value is a {type(value).__name__}; "
            "pass a plain Python number or string, for instance round(float(x), 2)"
        )
    from myst_nb import glue as store

    store(name, value, display=False)
