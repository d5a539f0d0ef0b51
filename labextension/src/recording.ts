// Has the kernel of a notebook record what it executes.
import type { ISessionContext } from '@jupyterlab/apputils';
import type { Kernel } from '@jupyterlab/services';
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';

/**
 * - `off`: the user does not want it here
 * - `none`: there is no kernel, or one of another language
 * - `starting`: the kernel has been asked
 * - `on`: it records
 * - `missing`: the kernel's Python lacks the package
 * - `failed`: it could not be loaded for another reason
 */
export type RecordingState = 'off' | 'none' | 'starting' | 'on' | 'missing' | 'failed';

const LOAD = "get_ipython().extension_manager.load_extension('jupyter_mlops')";
const UNLOAD = "get_ipython().extension_manager.unload_extension('jupyter_mlops')";
const PYTHON = "__import__('sys').executable";

export class Recording implements IDisposable {
  constructor(
    private readonly _context: ISessionContext,
    wanted: boolean
  ) {
    this._wanted = wanted;
    _context.kernelChanged.connect(this._onKernel, this);
    _context.connectionStatusChanged.connect(this._onConnection, this);
    _context.statusChanged.connect(this._onStatus, this);
    void _context.ready.then(() => this._begin());
  }

  readonly changed = new Signal<this, void>(this);

  get state(): RecordingState {
    return this._state;
  }

  /** The kernel's interpreter, where it lacks the package. */
  get python(): string {
    return this._python;
  }

  /** What went wrong, where something did. */
  get reason(): string {
    return this._reason;
  }

  get kernelName(): string {
    return this._context.kernelDisplayName;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Begin or end to record here. */
  async want(wanted: boolean): Promise<void> {
    this._wanted = wanted;
    await this._begin();
  }

  /** Ask the kernel again. */
  async retry(): Promise<void> {
    await this._begin();
  }

  dispose(): void {
    this._isDisposed = true;
    Signal.clearData(this);
  }

  private async _begin(): Promise<void> {
    const kernel = this._context.session?.kernel;
    if (this._isDisposed) {
      return;
    }
    if (!kernel) {
      this._set('none');
      return;
    }
    try {
      if (!this._wanted) {
        if (this._asked === kernel) {
          this._asked = null;
          await evaluated(kernel, { unload: UNLOAD });
        }
        this._set('off');
        return;
      }
      this._asked = kernel;
      this._set('starting');
      const found = await this._load(kernel);
      if (kernel === this._context.session?.kernel && this._wanted) {
        this._set(found);
      }
    } catch (error) {
      // the kernel died or was restarted meanwhile: it is asked again when it is back
      this._reason = String(error);
      this._set(kernel.isDisposed || kernel.status === 'dead' ? 'none' : 'failed');
    }
  }

  private async _load(kernel: Kernel.IKernelConnection): Promise<RecordingState> {
    // sent first, so that it comes before any cell; a kernel of another language answers with errors
    const [answers, info] = await Promise.all([
      evaluated(kernel, { load: LOAD, python: PYTHON }),
      kernel.info
    ]);
    if (!['python', 'ipython', 'python3'].includes(info.language_info.name.toLowerCase())) {
      return 'none';
    }
    const { load, python } = answers;
    // IPython says in words what is no error
    if (load?.status === 'ok' && /None|already loaded/.test(load.text)) {
      return 'on';
    }
    this._python = python?.text.replace(/^'|'$/g, '') ?? '';
    this._reason = load ? `${load.name}: ${load.text}` : '';
    return load?.name === 'ModuleNotFoundError' ? 'missing' : 'failed';
  }

  private _onKernel(): void {
    void this._begin();
  }

  private _onStatus(_: ISessionContext, status: Kernel.Status): void {
    if (status === 'restarting' || status === 'autorestarting') {
      this._restarted = true;
      this._set(this._wanted ? 'starting' : 'off');
    } else if (this._restarted && (status === 'idle' || status === 'starting')) {
      this._restarted = false;
      void this._begin();
    } else if (status === 'dead') {
      this._set('none');
    }
  }

  private _onConnection(_: ISessionContext, status: Kernel.ConnectionStatus): void {
    if (status === 'connected' && this._restarted) {
      this._restarted = false;
      void this._begin();
    }
  }

  private _set(state: RecordingState): void {
    if (state !== this._state) {
      this._state = state;
      this.changed.emit();
    }
  }

  private _wanted: boolean;
  private _asked: Kernel.IKernelConnection | null = null;
  private _state: RecordingState = 'none';
  private _python = '';
  private _reason = '';
  private _restarted = false;
  private _isDisposed = false;
}

interface IEvaluated {
  status: 'ok' | 'error';
  name: string;
  text: string;
}

/** Expressions evaluated by a request that no history and no hook of the kernel hears of. */
async function evaluated(
  kernel: Kernel.IKernelConnection,
  expressions: Record<string, string>
): Promise<Record<string, IEvaluated | undefined>> {
  const reply = await kernel.requestExecute({
    code: '',
    silent: true,
    store_history: false,
    allow_stdin: false,
    stop_on_error: false,
    user_expressions: expressions
  }).done;
  const answers = (reply.content as { user_expressions?: Record<string, unknown> }).user_expressions ?? {};
  return Object.fromEntries(Object.entries(answers).map(([name, each]) => [name, evaluation(each)]));
}

function evaluation(answer: unknown): IEvaluated {
  const found = answer as { status: string; ename?: string; evalue?: string; data?: Record<string, string> };
  return found.status === 'ok'
    ? { status: 'ok', name: '', text: found.data?.['text/plain'] ?? '' }
    : { status: 'error', name: found.ename ?? '', text: found.evalue ?? '' };
}
