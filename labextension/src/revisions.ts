import type { Revision } from './types';

/** Whether an answer is newer than the one before: counts are of one server only. */
export function isNewer(one: Revision, before: Revision | null): boolean {
  return before === null || one.server !== before.server || one.count > before.count;
}
