// What the user wants of recording: a setting for all notebooks, and a switch for each.
import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import type { IStateDB } from '@jupyterlab/statedb';
import { Signal } from '@lumino/signaling';

export class Wishes {
  constructor(
    plugin: string,
    settings: ISettingRegistry | null,
    private readonly _state: IStateDB | null
  ) {
    this._loaded = settings?.load(plugin).then(
      found => {
        this._settings = found;
        found.changed.connect(() => this.changed.emit());
      },
      error => console.warn('jupyter-mlops has no settings, the defaults count:', error)
    );
  }

  /** Emitted when the setting for all notebooks was changed. */
  readonly changed = new Signal<this, void>(this);

  async toRecord(path: string): Promise<boolean> {
    // an object, since a saved `false` is lost when the page loads again
    const own = (await this._state?.fetch(key(path))) as { record?: boolean } | undefined;
    if (typeof own?.record === 'boolean') {
      return own.record;
    }
    await this._loaded;
    return this._settings?.composite['record'] !== false;
  }

  async setToRecord(path: string, wanted: boolean): Promise<void> {
    await this._state?.save(key(path), { record: wanted });
  }

  private readonly _loaded: Promise<void> | undefined;
  private _settings: ISettingRegistry.ISettings | null = null;
}

function key(path: string): string {
  return `jupyter-mlops:record:${path}`;
}
