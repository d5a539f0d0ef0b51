// Roles of cells: tags that any other tool sees.
import type { ICellModel } from '@jupyterlab/cells';
import type { TranslationBundle } from '@jupyterlab/translation';

export const ROLES = ['parameters', 'data', 'train', 'evaluate', 'serve', 'skip'] as const;
export type Role = (typeof ROLES)[number];

const SKIP_TAG = 'skip-execution';

/** The tag that gives a role. */
export function tagOf(role: Role): string {
  return role === 'skip' ? SKIP_TAG : role;
}

/** The role that tags give, null where they say nothing. */
export function roleOf(tags: readonly string[]): Role | null {
  return ROLES.find(role => tags.includes(tagOf(role))) ?? null;
}

/** The tags of a cell with another role, and all its other tags as they were. */
export function withRole(tags: readonly string[], role: Role | null): string[] {
  const others = tags.filter(tag => !ROLES.some(each => tagOf(each) === tag));
  return role === null ? others : [...others, tagOf(role)];
}

export function tagsOf(cell: ICellModel): string[] {
  const tags = cell.getMetadata('tags') as unknown;
  return Array.isArray(tags) ? tags.filter((tag): tag is string => typeof tag === 'string') : [];
}

/** Write the role of a cell as its tag, and nothing else. */
export function setRole(cell: ICellModel, role: Role | null): void {
  const tags = withRole(tagsOf(cell), role);
  if (tags.length) {
    cell.setMetadata('tags', tags);
  } else {
    cell.deleteMetadata('tags');
  }
}

/** What a role means, in three or four words. */
export function explained(role: Role | null, trans: TranslationBundle): string {
  switch (role) {
    case 'parameters':
      return trans.__('Values a run may change');
    case 'data':
      return trans.__('Loads and prepares');
    case 'train':
      return trans.__('Fits; result can be saved');
    case 'evaluate':
      return trans.__('Its numbers are metrics');
    case 'serve':
      return trans.__('Functions become endpoints');
    case 'skip':
      return trans.__('Left out of clean runs');
    case null:
      return trans.__('Runs; exported if needed');
  }
}
