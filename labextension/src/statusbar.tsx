// How many cells of the notebook in front are in doubt.
import { ReactWidget } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import type { Followed } from './followed';
import { Icon } from './panel/parts';
import { counts, named } from './verdicts';

export class StatusItem extends ReactWidget {
  constructor(
    private readonly _followed: Followed,
    private readonly _open: () => void,
    private readonly _trans: TranslationBundle
  ) {
    super();
    this.addClass('jp-mlops-status');
    _followed.changed.connect(() => this.update());
  }

  render(): JSX.Element | null {
    const state = this._followed.notebook?.state;
    if (!state?.cells.length) {
      return null;
    }
    const found = [...counts(state.cells)];
    const summary = found
      .map(([verdict, count]) => `${count} ${named(verdict, this._trans).toLowerCase()}`)
      .join(', ');
    const label = summary || this._trans.__('all cells are fresh');
    return (
      <button
        type="button"
        title={label}
        aria-label={this._trans.__('MLOps: %1', label)}
        onClick={this._open}
      >
        {found.length === 0 && (
          <span>
            <Icon shape="fresh" /> {named('fresh', this._trans)}
          </span>
        )}
        {found.map(([verdict, count]) => (
          <span key={verdict} data-verdict={verdict}>
            <Icon shape={verdict} className="jp-mlops-tone" /> {count}
          </span>
        ))}
      </button>
    );
  }
}
