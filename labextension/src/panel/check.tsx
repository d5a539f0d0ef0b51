// The findings, grouped; each leads to its line, and to its fix where there is one.
import type { TranslationBundle } from '@jupyterlab/translation';
import React, { useState } from 'react';

import { applyEdits } from '../edits';
import { grouped, isFixable, matching, sameFinding, type IGroup, type Severity } from '../findings';
import { show } from '../fixes';
import type { OpenNotebook } from '../notebook';
import type { Finding } from '../types';
import { cellName } from '../verdicts';
import { Icon, Sentence } from './parts';

const MOST_SHOWN = 50;

export interface ICheckProps {
  notebook: OpenNotebook;
  selected: Finding | null;
  select: (finding: Finding) => void;
  trans: TranslationBundle;
}

export function Check(props: ICheckProps): JSX.Element {
  const { notebook, trans } = props;
  const [filter, setFilter] = useState('');
  const [onlyActive, setOnlyActive] = useState(false);
  const found = notebook.findings;
  const active = onlyActive ? (notebook.panel.content.activeCell?.model.id ?? null) : null;
  const all = found?.findings ?? [];
  const listed = matching(all, filter, active);
  const fixable = listed.filter(isFixable);
  return (
    <>
      <div className="jp-mlops-bar">
        <input
          className="jp-mlops-input"
          placeholder={trans.__('Filter findings')}
          aria-label={trans.__('Filter findings')}
          value={filter}
          onChange={event => setFilter(event.target.value)}
        />
        <select
          className="jp-mlops-select"
          aria-label={trans.__('Which cells')}
          value={onlyActive ? 'active' : 'all'}
          onChange={event => setOnlyActive(event.target.value === 'active')}
        >
          <option value="all">{trans.__('All cells')}</option>
          <option value="active">{trans.__('This cell')}</option>
        </select>
        {fixable.length > 1 && (
          <button
            type="button"
            className="jp-mlops-button jp-mod-small"
            title={fixable.map(finding => finding.fix?.text ?? '').join('\n')}
            onClick={() => applyEdits(notebook.panel, fixable)}
          >
            {trans.__('Fix %1', fixable.length)}
          </button>
        )}
      </div>
      <div className="jp-mlops-body" tabIndex={-1}>
        {grouped(listed).map(group => (
          <Group key={group.severity} group={group} {...props} />
        ))}
        {found && all.length === 0 && (
          <div className="jp-mlops-empty">
            <h2>
              <Icon shape="fresh" />{' '}
              {trans.__('Nothing found in %1 cells.', notebook.panel.content.widgets.length)}
            </h2>
          </div>
        )}
        {all.length > 0 && listed.length === 0 && (
          <div className="jp-mlops-empty">
            <p>{trans.__('No finding matches.')}</p>
            <button
              type="button"
              className="jp-mlops-link"
              onClick={() => {
                setFilter('');
                setOnlyActive(false);
              }}
            >
              {trans.__('Clear filters')}
            </button>
          </div>
        )}
      </div>
      <div className="jp-mlops-footer jp-mod-thin">
        {found
          ? trans.__('Checked as you type. Last check took %1 ms.', Math.round(found.seconds * 1000))
          : trans.__('Checking …')}
      </div>
    </>
  );
}

function Group(props: ICheckProps & { group: IGroup }): JSX.Element {
  const { group, trans } = props;
  const [isOpen, setOpen] = useState(true);
  const [isLong, setLong] = useState(false);
  const shown = isLong ? group.findings : group.findings.slice(0, MOST_SHOWN);
  const more = group.findings.length - shown.length;
  return (
    <section>
      <button
        type="button"
        className="jp-mlops-section"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        <Icon shape={isOpen ? 'caret' : 'right'} />
        {heading(group.severity, trans)}
        <span className="jp-mlops-pill">{group.findings.length}</span>
      </button>
      {isOpen && (
        <ul className="jp-mlops-list">
          {shown.map((finding, index) => (
            <Row
              key={`${finding.code} ${finding.cell} ${finding.line} ${index}`}
              finding={finding}
              {...props}
            />
          ))}
        </ul>
      )}
      {isOpen && more > 0 && (
        <button type="button" className="jp-mlops-link jp-mlops-more" onClick={() => setLong(true)}>
          {trans.__('Show %1 more', more)}
        </button>
      )}
    </section>
  );
}

function Row(props: ICheckProps & { finding: Finding }): JSX.Element {
  const { finding, notebook, selected, select, trans } = props;
  const severity = finding.severity ?? 'error';
  const known = finding.cell ? notebook.verdict(finding.cell) : null;
  const place = known ? cellName(known, trans) : finding.index ? trans.__('cell %1', finding.index) : '';
  const go = (): void => {
    select(finding);
    if (finding.cell) {
      void show(notebook.panel, finding.cell, finding.line);
    }
  };
  return (
    <li
      className="jp-mlops-finding"
      data-tone={severity}
      aria-current={sameFinding(finding, selected) ? 'true' : undefined}
    >
      <button type="button" className="jp-mlops-finding-text" onClick={go} title={finding.reason}>
        <Icon shape={severity} className="jp-mlops-tone" />
        <span>
          <Sentence text={finding.message} />
          <span className="jp-mlops-sub jp-mlops-finding-place">
            <span>{finding.line ? trans.__('%1, line %2', place, finding.line) : place}</span>
            <span>{finding.code}</span>
          </span>
          {!isFixable(finding) && finding.fix && (
            <span className="jp-mlops-sub">
              <Sentence text={finding.fix.text} />
            </span>
          )}
        </span>
      </button>
      {isFixable(finding) && (
        <button
          type="button"
          className="jp-mlops-button jp-mod-small"
          title={finding.fix?.text}
          onClick={() => applyEdits(notebook.panel, [finding])}
        >
          {trans.__('Fix')}
        </button>
      )}
    </li>
  );
}

function heading(severity: Severity, trans: TranslationBundle): string {
  switch (severity) {
    case 'error':
      return trans.__('Blocks an export');
    case 'warning':
      return trans.__('Warnings');
    case 'info':
      return trans.__('Hints');
  }
}
