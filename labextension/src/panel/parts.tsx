// Pieces that all views share.
import React from 'react';

import { svg, type Shape } from '../icons';
import { pieces } from '../verdicts';

export function Icon(props: { shape: Shape; size?: 14 | 16; className?: string }): JSX.Element {
  return (
    <span
      className={props.className ?? ''}
      dangerouslySetInnerHTML={{ __html: svg(props.shape, props.size ?? 14) }}
    />
  );
}

/** A sentence, with what stands in backquotes in code style. */
export function Sentence(props: { text: string }): JSX.Element {
  return (
    <>
      {pieces(props.text).map((piece, index) =>
        piece.isCode ? (
          <code key={index} className="jp-mlops-code">
            {piece.text}
          </code>
        ) : (
          <React.Fragment key={index}>{piece.text}</React.Fragment>
        )
      )}
    </>
  );
}

/** What went wrong in one place: what it means, and the ways out. */
export function Callout(props: {
  tone: 'error' | 'warning';
  title: string;
  text?: string;
  details?: string;
  children?: React.ReactNode;
}): JSX.Element {
  return (
    <div className="jp-mlops-callout" data-tone={props.tone} role="alert">
      <Icon shape={props.tone} className="jp-mlops-tone" />
      <div>
        <p>
          <b>{props.title}</b> {props.text && <Sentence text={props.text} />}
        </p>
        {props.details && <p className="jp-mlops-sub">{props.details}</p>}
        {props.children && <div className="jp-mlops-row">{props.children}</div>}
      </div>
    </div>
  );
}
