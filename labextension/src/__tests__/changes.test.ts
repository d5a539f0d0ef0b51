import { describe, expect, it } from 'vitest';

import { SentCells } from '../changes';
import { isNewer } from '../revisions';
import type { PageCell } from '../types';

const cells = (...sources: string[]): PageCell[] =>
  sources.map((source, index) => ({ id: `c${index}`, kind: 'code', source, tags: [] }));

describe('what is sent', () => {
  it('is all at first, then what is another', () => {
    const sent = new SentCells();
    expect(sent.changed(cells('a', 'b'), false)).toHaveLength(2);
    sent.sent(cells('a', 'b'));
    expect(sent.changed(cells('a', 'b'), false)).toEqual([]);
    expect(sent.changed(cells('a', 'x'), false).map(cell => cell.id)).toEqual(['c1']);
    expect(sent.changed(cells('a', 'b'), true)).toHaveLength(2);
  });

  it('has a cell again whose tags or kind changed', () => {
    const sent = new SentCells();
    sent.sent(cells('a', 'b'));
    const [one, two] = cells('a', 'b');
    expect(
      sent.changed(
        [
          { ...one!, tags: ['train'] },
          { ...two!, kind: 'markdown' }
        ],
        false
      )
    ).toHaveLength(2);
  });
});

it('an answer is newer than one of the same server with a smaller count, and than any of another server', () => {
  expect(isNewer({ server: 'a', count: 1 }, null)).toBe(true);
  expect(isNewer({ server: 'a', count: 1 }, { server: 'a', count: 2 })).toBe(false);
  expect(isNewer({ server: 'a', count: 3 }, { server: 'a', count: 2 })).toBe(true);
  expect(isNewer({ server: 'b', count: 1 }, { server: 'a', count: 9 })).toBe(true);
});
