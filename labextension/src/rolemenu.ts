// The commands that give cells a role, and the menu that lists them.
import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Dialog, showDialog } from '@jupyterlab/apputils';
import type { Cell, ICellModel } from '@jupyterlab/cells';
import type { INotebookTracker } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Menu } from '@lumino/widgets';

import { roleIcon } from './icons';
import { explained, roleOf, ROLES, setRole, tagsOf, type Role } from './roles';

export const SET_ROLE = 'mlops:set-role';
export const OPEN_ROLES = 'mlops:open-roles';

const ICONS = new Map([...ROLES, null].map(role => [role, roleIcon(role ?? 'none')]));

export class RoleMenu {
  constructor(
    app: JupyterFrontEnd,
    private readonly _tracker: INotebookTracker,
    private readonly _trans: TranslationBundle
  ) {
    const { commands } = app;
    commands.addCommand(SET_ROLE, {
      label: args =>
        args['isPalette'] ? this._inPalette(asRole(args['role'])) : this._label(asRole(args['role'])),
      caption: args => explained(asRole(args['role']), _trans),
      icon: args => (args['isPalette'] ? undefined : ICONS.get(asRole(args['role']))),
      mnemonic: args => (args['isPalette'] ? -1 : 0),
      isEnabled: () => this._cells().length > 0,
      isToggled: args => this._active() !== undefined && this._active() === asRole(args['role']),
      isToggleable: true,
      execute: args => this._set(asRole(args['role'])),
      describedBy: {
        args: {
          type: 'object',
          properties: {
            role: {
              type: ['string', 'null'],
              description: _trans.__('parameters, data, train, evaluate, serve, skip')
            },
            isPalette: { type: 'boolean', description: _trans.__('Whether the palette lists it') }
          }
        }
      }
    });
    commands.addCommand(OPEN_ROLES, {
      label: _trans.__('Role of Cell'),
      caption: _trans.__('Say what this cell is for'),
      icon: ICONS.get('parameters'),
      isEnabled: () => this._cells().length > 0,
      isVisible: () => this._tracker.activeCell?.model.type === 'code',
      execute: () => {
        const cell = _tracker.activeCell;
        if (cell) {
          this.open(
            cell,
            cell.node.querySelector<HTMLElement>('.jp-mlops-role') ?? cell.promptNode ?? cell.node
          );
        }
      },
      describedBy: { args: { type: 'object', properties: {} } }
    });
    this.menu = new Menu({ commands });
    this.menu.title.label = _trans.__('Role of Cell');
    this.menu.addClass('jp-mlops-role-menu');
    for (const role of [...ROLES, null]) {
      if (role === 'skip') {
        this.menu.addItem({ type: 'separator' });
      }
      this.menu.addItem({ command: SET_ROLE, args: { role } });
    }
  }

  readonly menu: Menu;

  /** Open the menu at an anchor, for a cell. */
  open(cell: Cell, anchor: HTMLElement): void {
    const panel = this._tracker.currentWidget;
    const index = panel?.content.widgets.indexOf(cell) ?? -1;
    if (panel && index >= 0 && !panel.content.isSelectedOrActive(cell)) {
      panel.content.deselectAll();
      panel.content.activeCellIndex = index;
    }
    const at = anchor.getBoundingClientRect();
    this.menu.open(at.left, at.bottom);
  }

  /** The digit is the key that chooses it while the menu is open. */
  private _label(role: Role | null): string {
    const key = role ? ROLES.indexOf(role) + 1 : 0;
    return `${key}  ${role ?? this._trans.__('no role')} – ${explained(role, this._trans)}`;
  }

  private _inPalette(role: Role | null): string {
    return role ? this._trans.__('Set Role of Cell: %1', role) : this._trans.__('Remove Role of Cell');
  }

  /** The cells that are selected, the active one among them. */
  private _cells(): ICellModel[] {
    const notebook = this._tracker.currentWidget?.content;
    return (notebook?.widgets ?? [])
      .filter(cell => notebook?.isSelectedOrActive(cell) && cell.model.type === 'code')
      .map(cell => cell.model);
  }

  private _active(): Role | null | undefined {
    const cell = this._tracker.activeCell?.model;
    return cell?.type === 'code' ? roleOf(tagsOf(cell)) : undefined;
  }

  private async _set(role: Role | null): Promise<void> {
    const notebook = this._tracker.currentWidget?.content;
    let cells = this._cells();
    if (!notebook?.model || !cells.length) {
      return;
    }
    if (role === 'parameters') {
      // a run fills one cell
      cells = cells.slice(0, 1);
      const place = [...notebook.model.cells].findIndex(
        cell => cell !== cells[0] && roleOf(tagsOf(cell)) === 'parameters'
      );
      const other = notebook.model.cells.get(place);
      if (place >= 0 && other) {
        if (!(await this._moves(place + 1))) {
          return;
        }
        setRole(other, null);
      }
    }
    cells.forEach(cell => setRole(cell, role));
  }

  private async _moves(place: number): Promise<boolean> {
    const answer = await showDialog({
      title: this._trans.__('Cell %1 is the parameters cell. Move the role here?', place),
      body: this._trans.__('A clean run sets the values of one cell.'),
      buttons: [Dialog.cancelButton(), Dialog.okButton({ label: this._trans.__('Move') })]
    });
    return answer.button.accept;
  }
}

function asRole(value: unknown): Role | null {
  return ROLES.find(role => role === value) ?? null;
}
