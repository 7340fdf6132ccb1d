/** A word in a frame: a state or a label. Told by its word and its shape, the colour only underlines it. */
import * as React from 'react';

export type Tone = 'plain' | 'good' | 'warning' | 'error';

export interface ITagProps {
  readonly tone?: Tone;
  readonly title?: string;
  readonly children: React.ReactNode;
}

export function Tag({ children, title, tone = 'plain' }: ITagProps): React.JSX.Element {
  return (
    <span className="jp-MlsecTag" data-tone={tone} title={title}>
      {children}
    </span>
  );
}
