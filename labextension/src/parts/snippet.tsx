/** A line of code to copy or to put into the notebook. */
import { addIcon, copyIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { IBodyProps } from './actions';

export interface ISnippetProps extends IBodyProps {
  readonly code: string;
  /** What the code is for, read out with the buttons. */
  readonly purpose: string;
}

export function Snippet(props: ISnippetProps): React.JSX.Element {
  const { actions, code, purpose, trans } = props;
  const copy = trans.__('Copy: %1', purpose);
  const insert = trans.__('Add as a new cell: %1', purpose);
  return (
    <div className="jp-MlsecSnippet">
      <code className="jp-MlsecSnippet-code">{code}</code>
      <button
        type="button"
        className="jp-MlsecButton"
        aria-label={insert}
        title={insert}
        onClick={() => actions.insert(code)}
      >
        <addIcon.react tag="span" aria-hidden="true" />
      </button>
      <button
        type="button"
        className="jp-MlsecButton"
        aria-label={copy}
        title={copy}
        onClick={() => actions.copy(code)}
      >
        <copyIcon.react tag="span" aria-hidden="true" />
      </button>
    </div>
  );
}
