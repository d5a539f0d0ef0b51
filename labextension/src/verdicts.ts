// Words for verdicts, and how cells are named.
import type { TranslationBundle } from '@jupyterlab/translation';

import type { CellVerdict, VerdictEntry } from './types';

export type Verdict = CellVerdict['verdict'];

/** The gravest first; fresh is not counted. */
export const GRAVE: readonly Verdict[] = ['hidden-state', 'stale', 'not-repeatable', 'never-run'];

export function named(verdict: Verdict, trans: TranslationBundle): string {
  switch (verdict) {
    case 'fresh':
      return trans.__('Fresh');
    case 'stale':
      return trans.__('Stale');
    case 'never-run':
      return trans.__('Never run');
    case 'hidden-state':
      return trans.__('Hidden state');
    case 'not-repeatable':
      return trans.__('Not repeatable');
  }
}

/** A cell for people: by its count, without one by its place. */
export function cellName(cell: CellVerdict, trans: TranslationBundle): string {
  const count = cell.execution_count;
  return count === null || count === undefined
    ? trans.__('cell %1', cell.index)
    : trans.__('cell [%1]', count);
}

/** The verdict that the badge shows: what hangs only on another cell's draw is shown at that cell. */
export function shown(cell: CellVerdict): Verdict {
  const own = cell.verdicts.filter(entry => entry.verdict !== 'not-repeatable' || !entry.because_of);
  return own.reduce<Verdict>(
    (gravest, entry) => (rank(entry.verdict) < rank(gravest) ? entry.verdict : gravest),
    'fresh'
  );
}

function rank(verdict: Verdict): number {
  const place = GRAVE.indexOf(verdict);
  return place < 0 ? GRAVE.length : place;
}

/** The entry that explains the badge first, null for a cell that is fresh in every way. */
export function leading(cell: CellVerdict): VerdictEntry | null {
  const verdict = shown(cell);
  return cell.verdicts.find(entry => entry.verdict === verdict) ?? cell.verdicts[0] ?? null;
}

/** How many cells show each verdict; zeros are left out. */
export function counts(cells: readonly CellVerdict[]): Map<Verdict, number> {
  const found = new Map<Verdict, number>();
  for (const verdict of GRAVE) {
    const count = cells.filter(cell => shown(cell) === verdict).length;
    if (count) {
      found.set(verdict, count);
    }
  }
  return found;
}

/** A sentence as pieces, so that what stands in backquotes can be set in code style. */
export function pieces(text: string): { text: string; isCode: boolean }[] {
  return text
    .split('`')
    .map((piece, index) => ({ text: piece, isCode: index % 2 === 1 }))
    .filter(piece => piece.text !== '');
}
