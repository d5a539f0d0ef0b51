import { describe, expect, it } from 'vitest';

import { roleOf, withRole } from '../roles';

describe('roles', () => {
  it('are read from tags', () => {
    expect(roleOf([])).toBeNull();
    expect(roleOf(['hide-input', 'train'])).toBe('train');
    expect(roleOf(['skip-execution'])).toBe('skip');
    expect(roleOf(['skip'])).toBeNull();
  });

  it('replace each other and leave other tags alone', () => {
    expect(withRole(['a', 'train', 'b'], 'serve')).toEqual(['a', 'b', 'serve']);
    expect(withRole(['a', 'skip-execution'], null)).toEqual(['a']);
    expect(withRole([], 'skip')).toEqual(['skip-execution']);
  });
});
