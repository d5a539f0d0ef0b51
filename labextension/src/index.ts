// The plugin: what the front end adds to JupyterLab and Notebook.
import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { IStateDB } from '@jupyterlab/statedb';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { UUID } from '@lumino/coreutils';

import { Api } from './api';
import { Followed } from './followed';
import { panelIcon } from './icons';
import { Marks } from './marks';
import { OpenNotebook } from './notebook';
import { Panel } from './panel';
import { Recording } from './recording';
import { OPEN_ROLES, RoleMenu, SET_ROLE } from './rolemenu';
import { ROLES } from './roles';
import { StatusItem } from './statusbar';
import { Wishes } from './wishes';

const PLUGIN = 'jupyter-mlops:plugin';
const NO_ARGUMENTS = { args: { type: 'object' as const, properties: {} } };

export namespace CommandIDs {
  export const showPanel = 'mlops:show-panel';
  export const showVerdict = 'mlops:show-verdict';
  export const nextFinding = 'mlops:next-finding';
  export const previousFinding = 'mlops:previous-finding';
}

const plugin: JupyterFrontEndPlugin<void> = {
  id: PLUGIN,
  description: 'Marks on cells, and the sidebar that leads from a notebook to a service.',
  autoStart: true,
  requires: [INotebookTracker],
  optional: [ISettingRegistry, IStateDB, ITranslator, ILayoutRestorer, ICommandPalette, IStatusBar],
  activate: (
    app: JupyterFrontEnd,
    tracker: INotebookTracker,
    settings: ISettingRegistry | null,
    state: IStateDB | null,
    translator: ITranslator | null,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    statusBar: IStatusBar | null
  ) => {
    const trans = (translator ?? nullTranslator).load('jupyter_mlops');
    const { commands, serviceManager, shell } = app;
    const page = UUID.uuid4();
    const api = new Api(serviceManager.serverSettings);
    const wishes = new Wishes(PLUGIN, settings, state);
    const roles = new RoleMenu(app, tracker, trans);
    const notebooks = new WeakMap<NotebookPanel, OpenNotebook>();
    const marks = new WeakMap<NotebookPanel, Marks>();

    const open = (panel: NotebookPanel): OpenNotebook => {
      const known = notebooks.get(panel);
      if (known) {
        return known;
      }
      const recording = new Recording(panel.sessionContext, false);
      const made = new OpenNotebook(panel, recording, page, api, serviceManager.events);
      notebooks.set(panel, made);
      marks.set(panel, new Marks(made, (cell, anchor) => roles.open(cell, anchor), trans));
      panel.disposed.connect(() => recording.dispose());
      const begin = (): void => {
        void wishes.toRecord(panel.context.path).then(wanted => recording.want(wanted));
      };
      wishes.changed.connect(begin);
      panel.disposed.connect(() => wishes.changed.disconnect(begin));
      begin();
      return made;
    };
    tracker.widgetAdded.connect((_, panel) => void open(panel));
    tracker.forEach(panel => void open(panel));

    const followed = new Followed(tracker, open);
    const panel = new Panel(
      followed,
      {
        record: (notebook, wanted) => {
          void notebook.recording.want(wanted);
          void wishes.setToRecord(notebook.panel.context.path, wanted);
        }
      },
      trans
    );
    shell.add(panel, 'right', { rank: 50, type: 'MLOps' });
    restorer?.add(panel, 'jupyter-mlops');

    commands.addCommand(CommandIDs.showPanel, {
      label: trans.__('Show MLOps Panel'),
      icon: panelIcon,
      execute: () => shell.activateById(panel.id),
      describedBy: NO_ARGUMENTS
    });
    commands.addCommand(CommandIDs.showVerdict, {
      label: trans.__('Show Verdict of Cell'),
      isEnabled: () => tracker.activeCell?.model.type === 'code',
      execute: () => {
        const current = tracker.currentWidget;
        if (current) {
          marks.get(current)?.openActive();
        }
      },
      describedBy: NO_ARGUMENTS
    });
    for (const [id, label, step] of [
      [CommandIDs.nextFinding, trans.__('Next Finding'), 1],
      [CommandIDs.previousFinding, trans.__('Previous Finding'), -1]
    ] as const) {
      commands.addCommand(id, {
        label,
        isEnabled: () => followed.notebook !== null,
        execute: () => panel.step(step),
        describedBy: NO_ARGUMENTS
      });
    }
    if (palette) {
      const category = trans.__('MLOps');
      for (const command of [OPEN_ROLES, ...Object.values(CommandIDs)]) {
        palette.addItem({ command, category });
      }
      for (const role of [...ROLES, null]) {
        palette.addItem({ command: SET_ROLE, category, args: { role, isPalette: true } });
      }
    }
    statusBar?.registerStatusItem('jupyter-mlops:status', {
      item: new StatusItem(followed, () => void commands.execute(CommandIDs.showPanel), trans),
      align: 'left',
      rank: 3
    });
  }
};

export default plugin;
