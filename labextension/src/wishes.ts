// What the user wants of recording: a setting for all notebooks, and a switch for each.
import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import type { IStateDB } from '@jupyterlab/statedb';

export class Wishes {
  constructor(
    private readonly _plugin: string,
    private readonly _settings: ISettingRegistry | null,
    private readonly _state: IStateDB | null
  ) {}

  async toRecord(path: string): Promise<boolean> {
    // an object, since a saved `false` is lost when the page loads again
    const own = (await this._state?.fetch(key(path))) as { record?: boolean } | undefined;
    if (typeof own?.record === 'boolean') {
      return own.record;
    }
    const settings = await this._settings?.load(this._plugin);
    return settings?.composite['record'] !== false;
  }

  async setToRecord(path: string, wanted: boolean): Promise<void> {
    await this._state?.save(key(path), { record: wanted });
  }
}

function key(path: string): string {
  return `jupyter-mlops:record:${path}`;
}
