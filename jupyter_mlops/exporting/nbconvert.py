"""`jupyter nbconvert --to bento NOTEBOOK`: the export, with a short report as nbconvert's own output.

nbconvert writes one file for each notebook, so that file is a report in Markdown, `churn_service.md` beside the
notebook, or where `--output-dir` says. The package itself goes into its folder by the same function that
`jupyter mlops export` calls, with the same proof and the same care for hand edits.

nbconvert loads this module at each of its starts, whatever it converts to; so the export is imported where it begins.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import nbformat
from nbconvert.exporters import Exporter
from nbconvert.utils.exceptions import ConversionException
from nbformat import NotebookNode
from traitlets import Bool, Dict, Float, Unicode, default

from jupyter_mlops.documents import Event, ExportResult, LogEvent, PhaseEvent
from jupyter_mlops.errors import Finding, ProjectError, place

if TYPE_CHECKING:
    from jupyter_mlops.notebook import Notebook

_NAMED_IN_FIXES = ("-o", "--overwrite-edits", "--model", "--name")
_OPTIONS = (
    "Options of `jupyter mlops export` are written --BentoExporter.target=DIR (-o), --BentoExporter.model=NAME, "
    "--BentoExporter.name=NAME and --BentoExporter.overwrite_edits=True here."
)


class BentoExporter(Exporter):
    """Runs a notebook clean and exports it as a BentoML service whose answers are proved equal to the notebook's."""

    output_mimetype = "text/markdown"

    target = Unicode("", help="The folder to write; by default <notebook>_service beside the notebook.").tag(
        config=True
    )
    model = Unicode("", help="The notebook's name of the estimator to serve.").tag(config=True)
    name = Unicode("", help="The name of the package; by default the notebook's.").tag(config=True)
    kernel = Unicode("", help="Use this kernel instead of the notebook's.").tag(config=True)
    parameters: Dict[str, Any] = Dict(help="Values for the cell tagged `parameters`: NAME=VALUE.").tag(config=True)
    overwrite_edits = Bool(False, help="Give up hand edits to an earlier export.").tag(config=True)
    isolated = Bool(False, help="Prove it again in a new environment with nothing but its lock.").tag(config=True)
    tolerance = Float(1e-9, min=0, max=1, help="The relative difference of floats in the proof.").tag(config=True)

    @default("file_extension")
    def _file_extension(self) -> str:
        return ".md"

    def from_filename(self, filename: str, resources: dict[str, Any] | None = None, **kw: Any) -> Any:
        """The report on the export of a file. Raises ConversionException where the file cannot be read or exported."""
        from jupyter_mlops.notebook import read_notebook

        try:
            # nbformat would stop at a broken file with an error of its own, and without a way out
            read_notebook(Path(filename))
        except ProjectError as error:
            raise ConversionException(_told(error)) from None
        return super().from_filename(filename, resources, **kw)

    def from_notebook_node(self, nb: NotebookNode, resources: Any = None, **kw: Any) -> Any:
        """The report on the export of a notebook, whose file the resources must name, with the resources.

        The notebook is exported as it is given, after the preprocessors that the user switched on. Raises
        ConversionException where it cannot be exported.
        """
        from jupyter_mlops.notebook import parse_notebook

        converted, resources = super().from_notebook_node(nb, resources, **kw)
        try:
            result = self._export(parse_notebook(nbformat.writes(converted), _path(resources["metadata"])))
        except ProjectError as error:
            raise ConversionException(_told(error)) from None
        # `churn.md` could be somebody's own
        resources["output_suffix"] = "_service"
        return _report(result), resources

    def _export(self, notebook: Notebook) -> ExportResult:
        from jupyter_mlops.exporting.export import Options, export
        from jupyter_mlops.parameters.checking import checked

        options = Options(
            target=Path(self.target) if self.target else None,
            parameters=checked(notebook, self.parameters),
            model=self.model or None,
            name=self.name or None,
            kernel=self.kernel or None,
            overwrite_edits=self.overwrite_edits,
            tolerance=self.tolerance,
            isolated=self.isolated,
        )
        # a plan alone comes only where one was asked for
        return cast("ExportResult", export(notebook, options, self._tell))

    def _tell(self, event: Event) -> None:
        match event:
            case PhaseEvent(name=name):
                self.log.info("Export: %s", name)
            case LogEvent(text=text):
                self.log.warning(text)
            case _:
                pass


def _path(metadata: dict[str, Any]) -> Path:
    """Where the notebook lies; a clean run needs the folder beside it."""
    path = Path(metadata.get("path") or "") / f"{metadata.get('name')}.ipynb"
    if "path" in metadata and path.is_file():
        return path
    raise ProjectError.of(
        "no-notebook-file",
        "the notebook comes without a file",
        reason="a clean run takes place in the notebook's folder, where its data are; it cannot come from standard "
        "input or from a file that is not called .ipynb",
        fix="jupyter nbconvert --to bento NOTEBOOK.ipynb",
    )


def _told(error: ProjectError) -> str:
    """The findings of an error as lines for people."""
    lines: list[str] = []
    for finding in error.findings:
        lines += ["", *_lines(finding)]
    fixes = " ".join(finding.fix.text for finding in error.findings if finding.fix)
    if any(word in fixes.split() for word in _NAMED_IN_FIXES):
        lines += ["", _OPTIONS]
    return "\n".join(lines)


def _lines(finding: Finding) -> list[str]:
    where = place(finding)
    lines = [f"{finding.message}" + (f" ({where})" if where else "") + f" [{finding.code}]"]
    if finding.reason:
        lines.append(f"  why: {finding.reason}")
    if finding.fix:
        lines.append(f"  fix: {finding.fix.text}")
    return lines


def _report(result: ExportResult) -> str:
    """What was exported and how it was proved, in Markdown."""
    plan, proof = result.plan, result.proof
    model = f" Its model is `{plan.model}` ({plan.model_class})." if plan.model else ""
    lines = [
        f"# {plan.name}",
        "",
        f"`{plan.notebook}` is exported to `{result.folder}`, from the run `{result.run}`.{model}",
        "",
        "| route | asked | examples | different from the notebook |",
        "| --- | --- | --- | --- |",
    ]
    for part in proof.parts:
        weak = " (few: a weak proof)" if part.weak else ""
        lines.append(f"| `POST /{part.endpoint}` | {part.how} | {part.examples}{weak} | {part.different} |")
    lines += ["", f"Numbers are equal to {proof.tolerance:g} of their size. Training by `train.py`: {proof.training}."]
    for finding in plan.findings:
        lines += ["", f"- {finding.severity}: " + "\n".join(_lines(finding))]
    return "\n".join([*lines, "", "Serve it:", "", f"    jupyter mlops serve {result.folder}", ""])
