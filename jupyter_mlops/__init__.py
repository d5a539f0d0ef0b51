"""jupyter_mlops: the way from a notebook to a verified, served model."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from os import PathLike
    from typing import Any

    from jupyter_mlops.api import dashboard, metrics, runs

__version__ = "0.1.0"
_OF_API = ("dashboard", "metrics", "runs")
__all__ = ["dashboard", "log_artifact", "log_metric", "log_param", "metrics", "runs"]


def log_metric(name: str, value: float, step: int | None = None) -> None:
    """Record a number that measures something with the cell that runs; with `step` a point of a curve.

    Numbers are found without it where they come out of a scoring call. Where nobody records, it does nothing.
    """
    from jupyter_mlops.kernel.capture import logged  # noqa: PLC0415  (this package imports nothing at the top)

    logged.log_metric(name, value, step)


def log_param(name: str, value: object) -> None:
    """Record a setting that the cell's results hang on. Where nobody records, it does nothing."""
    from jupyter_mlops.kernel.capture import logged  # noqa: PLC0415  (as above)

    logged.log_param(name, value)


def log_artifact(path: str | PathLike[str]) -> None:
    """Record a file that the cell made, or the files of a folder, by path, size and hash; they stay where they are."""
    from jupyter_mlops.kernel.capture import logged  # noqa: PLC0415  (as above)

    logged.log_artifact(path)


def load_ipython_extension(shell: Any) -> None:
    """`%load_ext jupyter_mlops`: record what is executed from now on."""
    from jupyter_mlops.kernel.recorder import start  # noqa: PLC0415  (as above)

    start(shell)


def unload_ipython_extension(shell: Any) -> None:
    """`%unload_ext jupyter_mlops`: record no more."""
    from jupyter_mlops.kernel.recorder import stop  # noqa: PLC0415  (as above)

    stop(shell)


def _jupyter_server_extension_points() -> list[dict[str, Any]]:  # pyright: ignore[reportUnusedFunction]
    """What the Jupyter server loads."""
    from jupyter_mlops.server.extension import Extension  # noqa: PLC0415  (as above)

    return [{"module": "jupyter_mlops", "app": Extension}]


def _jupyter_labextension_paths() -> list[dict[str, str]]:  # pyright: ignore[reportUnusedFunction]
    """Where the front end is."""
    return [{"src": "labextension", "dest": "jupyter-mlops"}]


def __getattr__(name: str) -> Any:
    """`jupyter_mlops.runs`, `jupyter_mlops.metrics` and `jupyter_mlops.dashboard`, imported when they are asked for."""
    if name in _OF_API:
        from jupyter_mlops import api  # noqa: PLC0415  (as above)

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
