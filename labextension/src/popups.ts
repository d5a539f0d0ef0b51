// What floats above the page: a tooltip, and the card of a verdict.
const MARGIN = 4;

/** One popup at a time: closed by Escape (the focus goes back), a click elsewhere, or a scroll of the notebook. */
export class Popup {
  get isOpen(): boolean {
    return this._node !== null;
  }

  /** Show content under an anchor, above it where there is no room; `owner` gets the focus back. */
  open(
    content: HTMLElement,
    anchor: HTMLElement,
    owner: HTMLElement,
    closed: () => void = () => undefined
  ): void {
    this.close();
    this._node = content;
    this._owner = owner;
    this._closed = closed;
    document.body.append(content);
    place(content, anchor);
    document.addEventListener('keydown', this._onKey, true);
    document.addEventListener('pointerdown', this._onPointer, true);
    document.addEventListener('scroll', this._onScroll, true);
  }

  close(): void {
    if (!this._node) {
      return;
    }
    const [node, closed] = [this._node, this._closed];
    this._node = null;
    node.remove();
    document.removeEventListener('keydown', this._onKey, true);
    document.removeEventListener('pointerdown', this._onPointer, true);
    document.removeEventListener('scroll', this._onScroll, true);
    closed();
  }

  private readonly _onKey = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') {
      event.stopPropagation();
      event.preventDefault();
      const owner = this._owner;
      this.close();
      owner?.focus();
    }
  };

  private readonly _onPointer = (event: Event): void => {
    const target = event.target as Node;
    if (!this._node?.contains(target) && !this._owner?.contains(target)) {
      this.close();
    }
  };

  private readonly _onScroll = (event: Event): void => {
    if (!this._node?.contains(event.target as Node)) {
      this.close();
    }
  };

  private _node: HTMLElement | null = null;
  private _owner: HTMLElement | null = null;
  private _closed: () => void = () => undefined;
}

function place(content: HTMLElement, anchor: HTMLElement): void {
  const at = anchor.getBoundingClientRect();
  const size = content.getBoundingClientRect();
  const below = at.bottom + MARGIN;
  const top =
    below + size.height <= window.innerHeight ? below : Math.max(MARGIN, at.top - MARGIN - size.height);
  const left = Math.max(MARGIN, Math.min(at.left, window.innerWidth - size.width - MARGIN));
  content.style.top = `${top}px`;
  content.style.left = `${left}px`;
}
