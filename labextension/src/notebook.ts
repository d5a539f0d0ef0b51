// One open notebook: tells the server what it has, and keeps what the server knows of it.
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { Event } from '@jupyterlab/services';
import type { IDisposable } from '@lumino/disposable';
import { Debouncer, Poll } from '@lumino/polling';
import { Signal } from '@lumino/signaling';

import { Api, RequestError } from './api';
import { SentCells } from './changes';
import type { Recording } from './recording';
import { isNewer } from './revisions';
import { tagsOf } from './roles';
import type { CellVerdict, Finding, NotebookCheck, NotebookState, PageCell, PageNotebook } from './types';

const CHANGED = 'https://jupyter-mlops.invalid/changed';
const AFTER_KEY_MS = 150;
const CHECK_MS = 500;
const RETRY_MS = 5000;

export class OpenNotebook implements IDisposable {
  constructor(
    readonly panel: NotebookPanel,
    readonly recording: Recording,
    private readonly _page: string,
    private readonly _api: Api,
    events: Event.IManager
  ) {
    this._path = this.path;
    this._judge = new Debouncer(() => this._ask(), AFTER_KEY_MS);
    this._check = new Debouncer(() => this._askCheck(), CHECK_MS);
    this._retry = new Poll({
      auto: false,
      factory: () => this._ask(),
      frequency: { interval: RETRY_MS, backoff: true, max: 60_000 },
      standby: 'when-hidden',
      name: 'jupyter-mlops:retry'
    });
    events.stream.connect(this._onEvent, this);
    panel.context.pathChanged.connect(this._onPath, this);
    panel.sessionContext.kernelChanged.connect(this.refresh, this);
    recording.changed.connect(this.refresh, this);
    panel.disposed.connect(this.dispose, this);
    void panel.context.ready.then(() => {
      if (!this.isDisposed) {
        panel.context.model.contentChanged.connect(this.refresh, this);
        this.refresh();
      }
    });
  }

  /** Emitted when anything that is shown may be another. */
  readonly changed = new Signal<this, void>(this);

  /** What the server knows of the cells; null before its first answer. */
  get state(): NotebookState | null {
    return this._state;
  }

  get findings(): NotebookCheck | null {
    return this._findings;
  }

  /** Why the last question had no answer; empty where it had one. */
  get failure(): RequestError | null {
    return this._failure;
  }

  /** The moment of the last answer. */
  get answered(): Date | null {
    return this._answered;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** The path without a drive, as the contents manager of the server has it. */
  get path(): string {
    return this.panel.context.localPath;
  }

  verdict(cell: string): CellVerdict | null {
    return this._byId.get(cell) ?? null;
  }

  /** Ask soon; once for many calls. */
  refresh(): void {
    if (!this.isDisposed) {
      void this._judge.invoke();
    }
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._judge.dispose();
    this._check.dispose();
    this._retry.dispose();
    void this._api.close(this._page, this._path);
    Signal.clearData(this);
  }

  private async _ask(): Promise<void> {
    if (this._asking) {
      // another one when this one is answered: the page may have changed meanwhile
      this._again = true;
      return;
    }
    this._asking = true;
    try {
      const state = await this._send(message => this._api.judge(message));
      if (state && isNewer(state.revision, this._state?.revision ?? null)) {
        this._state = state;
        this._byId = new Map(state.cells.map(cell => [cell.id, cell]));
        this._answered = new Date();
      }
      this._fail(null);
      if (!this.isDisposed) {
        void this._check.invoke();
      }
    } catch (error) {
      this._fail(failureOf(error));
    } finally {
      this._asking = false;
      if (this._again) {
        this._again = false;
        this.refresh();
      }
    }
  }

  private async _askCheck(): Promise<void> {
    try {
      const found = await this._send(message => this._api.check(message));
      if (found && isNewer(found.revision, this._findings?.revision ?? null)) {
        this._findings = found;
        this.changed.emit();
      }
    } catch (error) {
      this._fail(failureOf(error));
    }
  }

  /** Send what changed; where the server has forgotten the notebook, all of it. */
  private async _send<T>(ask: (message: PageNotebook) => Promise<T>): Promise<T | null> {
    for (const all of [false, true]) {
      const cells = this._cells();
      if (this.isDisposed || cells === null) {
        return null;
      }
      try {
        const answer = await ask(this._message(cells, all));
        this._sent.sent(cells);
        return answer;
      } catch (error) {
        if (all || !(error instanceof RequestError) || !error.wantsAll) {
          throw error;
        }
      }
    }
    return null;
  }

  private _message(cells: PageCell[], all: boolean): PageNotebook {
    const session = this.panel.sessionContext.session;
    return {
      page: this._page,
      path: this._path,
      kernel: session?.kernel?.id ?? null,
      kernelspec: session?.kernel?.name ?? null,
      order: cells.map(cell => cell.id),
      changed: this._sent.changed(cells, all)
    };
  }

  private _cells(): PageCell[] | null {
    const model = this.panel.content.model;
    return model
      ? [...model.cells].map(cell => ({
          id: cell.id,
          kind: cell.type as PageCell['kind'],
          source: cell.sharedModel.source,
          tags: tagsOf(cell)
        }))
      : null;
  }

  private _fail(failure: RequestError | null): void {
    if (this.isDisposed) {
      return;
    }
    this._failure = failure;
    if (failure?.status === 0) {
      void this._retry.start();
    } else {
      void this._retry.stop();
    }
    this.changed.emit();
  }

  private _onEvent(_: unknown, event: Event.Emission): void {
    if (event.schema_id === CHANGED && event['path'] === this._path) {
      this.refresh();
    }
  }

  private _onPath(): void {
    void this._api.close(this._page, this._path);
    this._path = this.path;
    this._sent = new SentCells();
    this.refresh();
  }

  private readonly _judge: Debouncer;
  private readonly _check: Debouncer;
  private readonly _retry: Poll;
  private _sent = new SentCells();
  private _path: string;
  private _state: NotebookState | null = null;
  private _byId = new Map<string, CellVerdict>();
  private _findings: NotebookCheck | null = null;
  private _failure: RequestError | null = null;
  private _answered: Date | null = null;
  private _asking = false;
  private _again = false;
  private _isDisposed = false;
}

function failureOf(error: unknown): RequestError {
  if (error instanceof RequestError) {
    return error;
  }
  const finding: Finding = { code: 'internal-error', message: String(error) };
  return new RequestError(500, [finding]);
}
