import { describe, expect, it } from 'vitest';

import type { CellVerdict, VerdictEntry } from '../types';
import { counts, leading, pieces, shown } from '../verdicts';

function entry(verdict: VerdictEntry['verdict'], because: string | null = null): VerdictEntry {
  return { verdict, variable: null, cause_cell: null, reason: verdict, fix: null, because_of: because };
}

function cell(...verdicts: VerdictEntry[]): CellVerdict {
  return { id: 'a', index: 1, verdict: verdicts[0]?.verdict ?? 'fresh', verdicts };
}

describe('the badge of a cell', () => {
  it('shows the gravest verdict', () => {
    expect(shown(cell())).toBe('fresh');
    expect(shown(cell(entry('never-run'), entry('stale')))).toBe('stale');
    expect(shown(cell(entry('stale'), entry('hidden-state')))).toBe('hidden-state');
  });

  it('shows a draw at its root only', () => {
    const below = cell(entry('not-repeatable', 'b'));
    expect(shown(below)).toBe('fresh');
    expect(leading(below)?.verdict).toBe('not-repeatable');
    expect(shown(cell(entry('not-repeatable')))).toBe('not-repeatable');
  });

  it('is counted, zeros left out', () => {
    const found = counts([
      cell(),
      cell(entry('stale')),
      cell(entry('stale')),
      cell(entry('not-repeatable', 'b'))
    ]);
    expect([...found]).toEqual([['stale', 2]]);
  });
});

it('code in a sentence is what stands in backquotes', () => {
  expect(pieces('`df` was rebound')).toEqual([
    { text: 'df', isCode: true },
    { text: ' was rebound', isCode: false }
  ]);
});
