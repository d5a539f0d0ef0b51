// The edits of findings, put into the notebook as one step that undo takes back.
import type { NotebookPanel } from '@jupyterlab/notebook';

import type { Finding } from './types';

/**
 * Apply the edits of some findings. Each edit holds the whole source of a cell, so of two findings in one cell only the
 * first is applied; the others are found again.
 */
export function applyEdits(panel: NotebookPanel, findings: readonly Finding[]): number {
  const model = panel.content.model;
  if (!model) {
    return 0;
  }
  const taken = new Set<string>();
  let applied = 0;
  model.sharedModel.transact(() => {
    for (const finding of findings) {
      const edits = finding.fix?.edits ?? [];
      if (!edits.length || edits.some(edit => taken.has(edit.cell))) {
        continue;
      }
      for (const edit of edits) {
        const cell = [...model.cells].find(each => each.id === edit.cell);
        if (!cell) {
          continue;
        }
        taken.add(edit.cell);
        if (edit.source !== null && edit.source !== undefined) {
          cell.sharedModel.setSource(edit.source);
        }
        if (edit.tags) {
          cell.setMetadata('tags', [...edit.tags]);
        }
      }
      applied += 1;
    }
  });
  return applied;
}
