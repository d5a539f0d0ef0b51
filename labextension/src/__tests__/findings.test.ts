import { describe, expect, it } from 'vitest';

import { grouped, isFixable, matching, neighbour } from '../findings';
import type { Finding } from '../types';

const LISTED: Finding[] = [
  { code: 'secret', message: 'a key', severity: 'error', cell: 'a', line: 1 },
  { code: 'star-import', message: 'all of `math`', severity: 'info', cell: 'b', line: 2 },
  {
    code: 'missing-file',
    message: 'no `data.csv`',
    cell: 'b',
    line: 1,
    fix: { text: 'x', edits: [{ cell: 'b' }] }
  }
];

describe('findings', () => {
  it('are grouped, the gravest first; without a severity they are errors', () => {
    expect(grouped(LISTED).map(group => [group.severity, group.findings.length])).toEqual([
      ['error', 2],
      ['info', 1]
    ]);
  });

  it('match all words, in one cell or all', () => {
    expect(matching(LISTED, 'DATA missing', null).map(each => each.code)).toEqual(['missing-file']);
    expect(matching(LISTED, '', 'b')).toHaveLength(2);
    expect(matching(LISTED, 'nothing', null)).toEqual([]);
  });

  it('follow each other round the end', () => {
    expect(neighbour([], null, 1)).toBeNull();
    expect(neighbour(LISTED, null, 1)).toBe(LISTED[0]);
    expect(neighbour(LISTED, null, -1)).toBe(LISTED[2]);
    expect(neighbour(LISTED, LISTED[2]!, 1)).toBe(LISTED[0]);
    expect(neighbour(LISTED, LISTED[0]!, -1)).toBe(LISTED[2]);
  });

  it('are fixable where there are edits', () => {
    expect(LISTED.map(isFixable)).toEqual([false, false, true]);
  });
});
