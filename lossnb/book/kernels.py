"""Kernels that talk over sockets of their own instead of ports that they have to share.

Jupyter picks free TCP ports for a kernel, which opens them only when it has started. Two kernels
that start at the same moment can get the same ones, and then one never answers. A socket in the
file system under a name of its own leaves nothing to race for. `execute` starts its kernels so;
pytest loads this module as a plugin (``-p lossnb.book.kernels``) to have nbval do the same.
"""

from __future__ import annotations

import os
import tempfile
import uuid
from pathlib import Path
from typing import Any

from jupyter_client.manager import KernelManager
from traitlets.config import Config


def settings() -> dict[str, str]:
    """Transport and address of one new kernel."""
    if os.name != "posix":  # Windows has no such sockets
        return {}
    socket = Path(tempfile.gettempdir()) / f"kernel-{uuid.uuid4().hex}"
    return {"transport": "ipc", "ip": str(socket)}


def config() -> Any:
    """The same as a configuration, for `NotebookClient`."""
    return Config({"KernelManager": settings()})


def pytest_configure() -> None:
    """Have nbval start its kernels so; it offers no setting for it."""
    import nbval.kernel

    nbval.kernel.KernelManager = lambda **options: KernelManager(**settings(), **options)
