// The findings of the rules as the panel lists them.
import type { Finding } from './types';

export const SEVERITIES = ['error', 'warning', 'info'] as const;
export type Severity = (typeof SEVERITIES)[number];

export interface IGroup {
  severity: Severity;
  findings: Finding[];
}

/** By severity, the gravest first, in document order within. */
export function grouped(findings: readonly Finding[]): IGroup[] {
  return SEVERITIES.map(severity => ({
    severity,
    findings: findings.filter(finding => (finding.severity ?? 'error') === severity)
  })).filter(group => group.findings.length > 0);
}

/** The findings that have all of some words in what is shown of them. */
export function matching(findings: readonly Finding[], text: string, cell: string | null): Finding[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return findings.filter(finding => {
    const shown = `${finding.message} ${finding.reason ?? ''} ${finding.code}`.toLowerCase();
    return (cell === null || finding.cell === cell) && words.every(word => shown.includes(word));
  });
}

/** Whether a click can apply the fix. */
export function isFixable(finding: Finding): boolean {
  return (finding.fix?.edits?.length ?? 0) > 0;
}

/** The finding after or before a place, round the end. */
export function neighbour(
  findings: readonly Finding[],
  current: Finding | null,
  step: 1 | -1
): Finding | null {
  const count = findings.length;
  if (!count) {
    return null;
  }
  const at = current ? findings.findIndex(each => sameFinding(each, current)) : -1;
  const start = at < 0 ? (step > 0 ? -1 : 0) : at;
  return findings[(start + step + count) % count] ?? null;
}

export function sameFinding(one: Finding, other: Finding | null): boolean {
  return (
    other !== null &&
    one.code === other.code &&
    one.cell === other.cell &&
    one.line === other.line &&
    one.message === other.message
  );
}
