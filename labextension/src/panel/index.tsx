// The sidebar: a header for the notebook in front, and the views of it.
import { Clipboard, ReactWidget } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import React, { useState } from 'react';

import { neighbour } from '../findings';
import { show } from '../fixes';
import type { Followed } from '../followed';
import { panelIcon } from '../icons';
import type { OpenNotebook } from '../notebook';
import type { Finding } from '../types';
import { Check } from './check';
import { Callout, Icon } from './parts';

export interface IPanelActions {
  /** Begin or end to record the notebook, and remember it. */
  record(notebook: OpenNotebook, wanted: boolean): void;
}

export class Panel extends ReactWidget {
  constructor(
    private readonly _followed: Followed,
    private readonly _actions: IPanelActions,
    private readonly _trans: TranslationBundle
  ) {
    super();
    this.id = 'jupyter-mlops';
    this.addClass('jp-mlops-panel');
    this.title.icon = panelIcon;
    this.title.caption = _trans.__('MLOps');
    this.node.setAttribute('role', 'region');
    _followed.changed.connect(() => this.update());
  }

  /** Go to the next or the previous finding from anywhere in the notebook. */
  step(step: 1 | -1): void {
    const notebook = this._followed.notebook;
    const next = neighbour(notebook?.findings?.findings ?? [], this._selected, step);
    if (notebook && next) {
      this._select(next);
      if (next.cell) {
        void show(notebook.panel, next.cell, next.line);
      }
    }
  }

  render(): JSX.Element {
    const notebook = this._followed.notebook;
    const trans = this._trans;
    if (!notebook) {
      this.node.setAttribute('aria-label', trans.__('MLOps'));
      return (
        <div className="jp-mlops-empty">
          <p>{trans.__('Open a notebook to see its findings.')}</p>
        </div>
      );
    }
    const name = notebook.path.split('/').pop() ?? '';
    this.node.setAttribute('aria-label', trans.__('MLOps for %1', name));
    return (
      <>
        <Header notebook={notebook} name={name} actions={this._actions} trans={trans} />
        <Problems notebook={notebook} trans={trans} />
        <Check
          key={notebook.panel.id}
          notebook={notebook}
          selected={this._selected}
          select={finding => this._select(finding)}
          trans={trans}
        />
      </>
    );
  }

  private _select(finding: Finding): void {
    this._selected = finding;
    this.update();
  }

  private _selected: Finding | null = null;
}

interface IOfNotebook {
  notebook: OpenNotebook;
  trans: TranslationBundle;
}

function Header(props: IOfNotebook & { name: string; actions: IPanelActions }): JSX.Element {
  const { notebook, name, actions, trans } = props;
  const state = notebook.recording.state;
  const isOn = state === 'on' || state === 'starting';
  return (
    <div className="jp-mlops-header">
      <Icon shape="panel" size={16} className="jp-mlops-quiet" />
      <span className="jp-mlops-name" title={notebook.path}>
        {name}
      </span>
      {state !== 'none' && (
        <button
          type="button"
          role="switch"
          aria-checked={isOn}
          className="jp-mlops-button jp-mod-small jp-mod-plain"
          title={
            isOn
              ? trans.__('Executions of this notebook are recorded. Click to stop.')
              : trans.__('Executions of this notebook are not recorded. Click to start.')
          }
          onClick={() => actions.record(notebook, !isOn)}
        >
          <Icon shape={isOn ? 'rec' : 'out'} /> {isOn ? trans.__('Recording') : trans.__('Not recording')}
        </button>
      )}
    </div>
  );
}

/** What stands in the way: of recording, and of an answer. */
function Problems(props: IOfNotebook): JSX.Element | null {
  const { notebook, trans } = props;
  const { recording, failure, answered } = notebook;
  return (
    <>
      {recording.state === 'missing' && <Missing {...props} />}
      {recording.state === 'failed' && (
        <Callout
          tone="warning"
          title={trans.__('This kernel is not recorded.')}
          text={trans.__('jupyter_mlops could not be loaded in it.')}
          details={recording.reason}
        >
          <Again retry={() => recording.retry()} trans={trans} />
        </Callout>
      )}
      {failure && failure.status === 0 && (
        <Callout
          tone="warning"
          title={trans.__('The server does not answer.')}
          text={
            answered ? trans.__('Showing what was known at %1.', answered.toLocaleTimeString()) : undefined
          }
        >
          <Again retry={() => notebook.refresh()} trans={trans} />
        </Callout>
      )}
      {failure && failure.status !== 0 && (
        <Callout
          tone="error"
          title={failure.findings[0]?.message ?? failure.message}
          text={failure.findings[0]?.fix?.text}
          details={failure.findings[0]?.reason}
        >
          <Again retry={() => notebook.refresh()} trans={trans} />
        </Callout>
      )}
    </>
  );
}

function Again(props: { retry: () => unknown; trans: TranslationBundle }): JSX.Element {
  return (
    <button type="button" className="jp-mlops-button jp-mod-small" onClick={() => void props.retry()}>
      {props.trans.__('Try again')}
    </button>
  );
}

function Missing(props: IOfNotebook): JSX.Element {
  const { notebook, trans } = props;
  const [isCopied, setCopied] = useState(false);
  const command = `${notebook.recording.python || 'python'} -m pip install jupyter_mlops`;
  return (
    <Callout
      tone="warning"
      title={trans.__('This kernel is not recorded.')}
      text={trans.__('jupyter_mlops is not installed in “%1”.', notebook.recording.kernelName)}
    >
      <pre className="jp-mlops-command">{command}</pre>
      <button
        type="button"
        className="jp-mlops-button jp-mod-small jp-mod-primary"
        onClick={() => {
          Clipboard.copyToSystem(command);
          setCopied(true);
        }}
      >
        {isCopied ? trans.__('Copied') : trans.__('Copy command')}
      </button>
      <button
        type="button"
        className="jp-mlops-button jp-mod-small"
        onClick={() => void notebook.recording.retry()}
      >
        {trans.__('Check again')}
      </button>
    </Callout>
  );
}
