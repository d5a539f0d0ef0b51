// Which cells are other than those in a page's last message to the server.
import type { PageCell } from './types';

export class SentCells {
  /** The cells to send so that the server has what the page has; `all` after the server forgot. */
  changed(cells: readonly PageCell[], all: boolean): PageCell[] {
    return all ? [...cells] : cells.filter(cell => !same(cell, this._sent.get(cell.id)));
  }

  /** The server has these now. */
  sent(cells: readonly PageCell[]): void {
    this._sent = new Map(cells.map(cell => [cell.id, cell]));
  }

  private _sent = new Map<string, PageCell>();
}

function same(one: PageCell, other: PageCell | undefined): boolean {
  return (
    other !== undefined &&
    one.kind === other.kind &&
    one.source === other.source &&
    (one.tags ?? []).join('\n') === (other.tags ?? []).join('\n')
  );
}
