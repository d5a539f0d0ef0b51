// The notebook in front: views follow it, and stay with it when another kind of tab comes to the front.
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { Signal } from '@lumino/signaling';

import type { OpenNotebook } from './notebook';

export class Followed {
  constructor(
    tracker: INotebookTracker,
    private readonly _open: (panel: NotebookPanel) => OpenNotebook
  ) {
    tracker.currentChanged.connect((_, panel) => this._follow(panel));
    this._follow(tracker.currentWidget);
  }

  readonly changed = new Signal<this, void>(this);

  get notebook(): OpenNotebook | null {
    return this._notebook?.isDisposed ? null : this._notebook;
  }

  private _follow(panel: NotebookPanel | null): void {
    const next = panel && !panel.isDisposed ? this._open(panel) : null;
    if (next !== this._notebook) {
      this._notebook?.changed.disconnect(this._emit, this);
      this._notebook?.recording.changed.disconnect(this._emit, this);
      this._notebook = next;
      next?.changed.connect(this._emit, this);
      next?.recording.changed.connect(this._emit, this);
    }
    this._emit();
  }

  private _emit(): void {
    this.changed.emit();
  }

  private _notebook: OpenNotebook | null = null;
}
