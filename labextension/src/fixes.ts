// What a verdict's fix does: each is one undoable edit, or a run that the user sees.
import { NotebookActions, type NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { VerdictEntry } from './types';

/** The words on the button of a fix; null where there is none to click. */
export function fixLabel(entry: VerdictEntry, trans: TranslationBundle): string | null {
  if (entry.restore) {
    return trans.__('Restore cell');
  }
  const count = entry.run_cells?.length ?? 0;
  return count ? trans._n('Run %1 cell', 'Run %1 cells', count) : null;
}

export async function applyFix(panel: NotebookPanel, entry: VerdictEntry, cell: string): Promise<void> {
  if (entry.restore) {
    restore(panel, entry.restore, cell);
  } else {
    await runCells(panel, entry.run_cells ?? []);
  }
}

/** Run cells in the order that makes them fresh, which may not be the document's. */
export async function runCells(panel: NotebookPanel, ids: readonly string[]): Promise<void> {
  const widgets = panel.content.widgets;
  const cells = ids.map(id => widgets.find(widget => widget.model.id === id));
  await NotebookActions.runCells(
    panel.content,
    cells.filter(cell => cell !== undefined),
    panel.sessionContext
  );
}

function restore(panel: NotebookPanel, restored: NonNullable<VerdictEntry['restore']>, reader: string): void {
  const model = panel.content.model;
  if (!model) {
    return;
  }
  const cells = [...model.cells];
  const same = cells.find(cell => cell.id === restored.cell);
  if (same) {
    same.sharedModel.setSource(restored.source);
    void show(panel, same.id);
    return;
  }
  const place = cells.findIndex(cell => cell.id === reader);
  // with the id that it had, so that what it did counts again
  model.sharedModel.insertCell(Math.max(place, 0), {
    cell_type: 'code',
    source: restored.source,
    ...(restored.cell ? { id: restored.cell } : {})
  });
  panel.content.activeCellIndex = Math.max(place, 0);
}

/** Make a cell the active one and bring it into view; `line` counts from 1. */
export async function show(panel: NotebookPanel, id: string, line?: number | null): Promise<void> {
  const notebook = panel.content;
  const index = notebook.widgets.findIndex(widget => widget.model.id === id);
  const cell = notebook.widgets[index];
  if (!cell) {
    return;
  }
  notebook.activeCellIndex = index;
  notebook.deselectAll();
  await notebook.scrollToCell(cell, 'auto');
  await cell.ready;
  if (line && cell.editor) {
    cell.editor.setCursorPosition({ line: line - 1, column: 0 });
    cell.editor.revealPosition({ line: line - 1, column: 0 });
  }
}
