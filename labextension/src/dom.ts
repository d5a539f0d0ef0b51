// Elements with classes, text and labels, for what is drawn without React.
import { pieces } from './verdicts';

export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className: string,
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  made.className = className;
  made.append(...children);
  return made;
}

/** A button that does what its text says. */
export function button(text: string, className: string, action: () => void): HTMLButtonElement {
  const made = element('button', className, text);
  made.type = 'button';
  made.addEventListener('click', action);
  return made;
}

/** Markup of our own (icons), never text of a user. */
export function drawing(markup: string, className = ''): HTMLSpanElement {
  const made = element('span', className);
  made.innerHTML = markup;
  return made;
}

/** A sentence, with what stands in backquotes in code style. */
export function sentence(text: string, className: string): HTMLParagraphElement {
  return element(
    'p',
    className,
    ...pieces(text).map(piece => (piece.isCode ? element('code', 'jp-mlops-code', piece.text) : piece.text))
  );
}
