// The marks beside code cells: a badge for the verdict, the role as a word and a bar.
import type { Cell } from '@jupyterlab/cells';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';

import { capital, card } from './card';
import { button, drawing, element, sentence } from './dom';
import { applyFix, show } from './fixes';
import { svg } from './icons';
import type { OpenNotebook } from './notebook';
import { Popup } from './popups';
import { roleOf, tagsOf, type Role } from './roles';
import type { CellVerdict, VerdictEntry } from './types';
import { cellName, leading, named, shown } from './verdicts';

const TOOLTIP_MS = 400;

export class Marks implements IDisposable {
  constructor(
    private readonly _notebook: OpenNotebook,
    private readonly _openRoles: (cell: Cell, anchor: HTMLElement) => void,
    private readonly _trans: TranslationBundle
  ) {
    _notebook.changed.connect(this._later, this);
    _notebook.recording.changed.connect(this._later, this);
    _notebook.panel.content.modelContentChanged.connect(this._later, this);
    _notebook.panel.disposed.connect(this.dispose, this);
    this._later();
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    this._card.close();
    this._tooltip.close();
    cancelAnimationFrame(this._frame);
    Signal.clearData(this);
  }

  /** Open the card of the active cell's verdict. */
  openActive(): void {
    const cell = this._notebook.panel.content.activeCell;
    const badge = cell?.node.querySelector<HTMLElement>('.jp-mlops-verdict');
    badge?.click();
  }

  /** Once a frame, however often something changes, and never on each key. */
  private _later(): void {
    if (!this._frame && !this._isDisposed) {
      this._frame = requestAnimationFrame(() => {
        this._frame = 0;
        this._draw();
      });
    }
  }

  private _draw(): void {
    const notebook = this._notebook.panel.content;
    if (this._isDisposed || notebook.isDisposed) {
      return;
    }
    notebook.node.toggleAttribute('data-mlops', this._notebook.recording.state !== 'none');
    for (const cell of notebook.widgets) {
      const mark = this._mark(cell);
      const known = this._drawn.get(cell);
      if (known !== mark.key) {
        this._drawn.set(cell, mark.key);
        // before that the wrapper does not exist
        void cell.ready.then(() => this._put(cell, mark));
      }
    }
  }

  private _mark(cell: Cell): IMark {
    if (cell.model.type !== 'code') {
      return { key: '', role: null, verdict: null };
    }
    const role = roleOf(tagsOf(cell.model));
    const verdict = this._notebook.verdict(cell.model.id);
    const entry = verdict && leading(verdict);
    return {
      key: [role, verdict && shown(verdict), entry?.reason, verdict && cellName(verdict, this._trans)].join(
        '|'
      ),
      role,
      verdict
    };
  }

  private _put(cell: Cell, mark: IMark): void {
    const wrapper = cell.node.querySelector('.jp-Cell-inputWrapper');
    if (cell.isDisposed || !wrapper) {
      return;
    }
    const before = wrapper.querySelector(':scope > .jp-mlops-gutter');
    const hadFocus = before?.contains(document.activeElement) ?? false;
    before?.remove();
    cell.node.toggleAttribute('data-mlops-role', mark.role !== null);
    if (!mark.role && !mark.verdict) {
      return;
    }
    const gutter = element('div', 'jp-mlops-gutter');
    if (mark.verdict) {
      gutter.append(this._badge(cell, mark.verdict));
    }
    if (mark.role) {
      gutter.dataset['role'] = mark.role;
      gutter.append(this._roleWord(cell, mark.role));
    }
    wrapper.append(gutter);
    if (hadFocus) {
      gutter.querySelector<HTMLElement>('.jp-mlops-verdict')?.focus();
    }
  }

  private _badge(cell: Cell, verdict: CellVerdict): HTMLElement {
    const word = shown(verdict);
    const reason =
      leading(verdict)?.reason ?? this._trans.__('ran as shown, from values that are still current');
    const badge = button('', 'jp-mlops-verdict', () => this._openCard(cell, badge));
    badge.append(drawing(svg(word)));
    badge.dataset['verdict'] = word;
    badge.setAttribute('aria-label', `${named(word, this._trans)}: ${reason.replaceAll('`', '')}`);
    badge.setAttribute('aria-haspopup', 'dialog');
    badge.setAttribute('aria-expanded', 'false');
    const wait = (): void => this._tooltipSoon(badge, word, reason);
    badge.addEventListener('pointerenter', wait);
    badge.addEventListener('focus', wait);
    for (const event of ['pointerleave', 'blur', 'click']) {
      badge.addEventListener(event, () => this._noTooltip());
    }
    return badge;
  }

  private _roleWord(cell: Cell, role: Role): HTMLElement {
    const word = button(role, 'jp-mlops-role', () => this._openRoles(cell, word));
    word.setAttribute('aria-haspopup', 'menu');
    word.setAttribute('aria-label', this._trans.__('Role: %1', role));
    return word;
  }

  private _tooltipSoon(badge: HTMLElement, word: CellVerdict['verdict'], reason: string): void {
    window.clearTimeout(this._timer);
    this._timer = window.setTimeout(() => {
      if (badge.isConnected && !this._card.isOpen) {
        const node = sentence(capital(reason), 'jp-mlops-popup jp-mlops-tooltip');
        node.setAttribute('role', 'tooltip');
        node.prepend(element('b', '', `${named(word, this._trans)}. `));
        this._tooltip.open(node, badge, badge);
      }
    }, TOOLTIP_MS);
  }

  private _noTooltip(): void {
    window.clearTimeout(this._timer);
    this._tooltip.close();
  }

  private _openCard(cell: Cell, badge: HTMLElement): void {
    const verdict = this._notebook.verdict(cell.model.id);
    if (this._card.isOpen || !verdict) {
      this._card.close();
      return;
    }
    const panel = this._notebook.panel;
    const actions = {
      fix: (entry: VerdictEntry): void => {
        this._card.close();
        void applyFix(panel, entry, cell.model.id);
      },
      show: (id: string): void => {
        this._card.close();
        void show(panel, id);
      }
    };
    const names = (id: string): string | null => {
      const known = this._notebook.verdict(id);
      return known && cellName(known, this._trans);
    };
    const node = card(verdict, names, actions, this._trans);
    const input = cell.node.querySelector<HTMLElement>('.jp-Cell-inputWrapper') ?? badge;
    badge.setAttribute('aria-expanded', 'true');
    this._card.open(node, input, badge, () => badge.setAttribute('aria-expanded', 'false'));
    node.querySelector('button')?.focus();
  }

  private readonly _drawn = new WeakMap<Cell, string>();
  private readonly _card = new Popup();
  private readonly _tooltip = new Popup();
  private _timer = 0;
  private _frame = 0;
  private _isDisposed = false;
}

interface IMark {
  /** What is drawn: equal keys look the same. */
  key: string;
  role: Role | null;
  verdict: CellVerdict | null;
}
