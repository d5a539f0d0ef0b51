// The card of a verdict: reason, consequence, which cells run, and one button that does it.
import type { TranslationBundle } from '@jupyterlab/translation';

import { button, drawing, element, sentence } from './dom';
import { fixLabel } from './fixes';
import { svg } from './icons';
import type { CellVerdict, VerdictEntry } from './types';
import { cellName, leading, named, shown } from './verdicts';

export interface ICardActions {
  fix(entry: VerdictEntry): void;
  show(cell: string): void;
}

/** The names of cells by their ids, as the notebook shows them. */
export type Names = (id: string) => string | null;

export function card(
  cell: CellVerdict,
  names: Names,
  actions: ICardActions,
  trans: TranslationBundle
): HTMLElement {
  const entry = leading(cell);
  const verdict = shown(cell);
  const node = element('div', 'jp-mlops-popup jp-mlops-card');
  node.setAttribute('role', 'dialog');
  node.setAttribute('aria-label', named(verdict, trans));
  const title = element('h3', 'jp-mlops-card-title');
  title.dataset['verdict'] = verdict;
  title.append(
    drawing(svg(verdict, 16), 'jp-mlops-tone'),
    element('span', '', named(verdict, trans)),
    element('span', 'jp-mlops-card-cell', cellName(cell, trans))
  );
  node.append(title);
  if (!entry) {
    node.append(sentence(trans.__('Ran as shown, from values that are still current.'), ''));
    return node;
  }
  node.append(sentence(capital(entry.reason), ''));
  for (const other of cell.verdicts.filter(each => each !== entry)) {
    node.append(sentence(`${named(other.verdict, trans)}: ${other.reason}`, 'jp-mlops-sub'));
  }
  const runs = entry.run_cells ?? [];
  if (runs.length > 1) {
    node.append(chain(runs, names, trans));
  }
  const label = fixLabel(entry, trans);
  if (!label && entry.fix) {
    node.append(sentence(capital(entry.fix), 'jp-mlops-sub'));
  }
  node.append(buttons(cell, entry, label, names, actions, trans));
  return node;
}

function buttons(
  cell: CellVerdict,
  entry: VerdictEntry,
  label: string | null,
  names: Names,
  actions: ICardActions,
  trans: TranslationBundle
): HTMLElement {
  const row = element('div', 'jp-mlops-row');
  if (label) {
    const main = button('', 'jp-mlops-button jp-mod-primary jp-mod-small', () => actions.fix(entry));
    main.append(...(entry.run_cells?.length ? [drawing(svg('play'))] : []), label);
    row.append(main);
  }
  const cause = entry.because_of ?? entry.cause_cell;
  const name = cause && cause !== cell.id ? names(cause) : null;
  if (cause && name) {
    row.append(button(trans.__('Show %1', name), 'jp-mlops-button jp-mod-small', () => actions.show(cause)));
  }
  return row;
}

function chain(ids: readonly string[], names: Names, trans: TranslationBundle): HTMLElement {
  const node = element('div', 'jp-mlops-chain', trans.__('Runs'));
  ids.forEach((id, index) => {
    if (index) {
      node.append(drawing(svg('right')));
    }
    node.append(element('span', 'jp-mlops-chain-cell', names(id) ?? id));
  });
  return node;
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
