"""jupyter_mlops: the way from a notebook to a verified, served model."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from jupyter_mlops.api import dashboard, metrics, runs

__version__ = "0.1.0"
__all__ = ["dashboard", "metrics", "runs"]


def load_ipython_extension(shell: Any) -> None:
    """`%load_ext jupyter_mlops`: record what is executed from now on."""
    from jupyter_mlops.kernel.recorder import start  # noqa: PLC0415  (this package imports nothing at the top)

    start(shell)


def unload_ipython_extension(shell: Any) -> None:
    """`%unload_ext jupyter_mlops`: record no more."""
    from jupyter_mlops.kernel.recorder import stop  # noqa: PLC0415  (as above)

    stop(shell)


def __getattr__(name: str) -> Any:
    """`jupyter_mlops.runs`, `jupyter_mlops.metrics` and `jupyter_mlops.dashboard`, imported when they are asked for."""
    if name in __all__:
        from jupyter_mlops import api  # noqa: PLC0415  (as above)

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
