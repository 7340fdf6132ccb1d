/** A line of code to run, to copy or to put into the notebook. */
import { addIcon, copyIcon, runIcon, type LabIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { IBodyProps } from './actions';
import { useRunning } from './answer';
import { isOurs } from './line';

export interface ISnippetProps extends IBodyProps {
  readonly code: string;
  /** What the code is for, read out with the buttons. */
  readonly purpose: string;
  /** Whether a guard is there to run lines of ours, and nothing else, at once. */
  readonly isLive?: boolean;
}

export function Snippet(props: ISnippetProps): React.JSX.Element | null {
  const { actions, code, isLive, purpose, trans } = props;
  const { run, said } = useRunning(actions, trans);
  return code === '' ? null : (
    <>
      <div className="jp-MlsecSnippet">
        <code className="jp-MlsecSnippet-code">{code}</code>
        {isLive && isOurs(code) && (
          <Button icon={runIcon} name={trans.__('Run: %1', purpose)} onClick={() => void run(code)} />
        )}
        <Button
          icon={addIcon}
          name={trans.__('Add as a new cell: %1', purpose)}
          onClick={() => actions.insert(code)}
        />
        <Button icon={copyIcon} name={trans.__('Copy: %1', purpose)} onClick={() => actions.copy(code)} />
      </div>
      {isLive && said}
    </>
  );
}

function Button(props: {
  readonly icon: LabIcon;
  readonly name: string;
  readonly onClick: () => void;
}): React.JSX.Element {
  return (
    <button
      type="button"
      className="jp-MlsecButton"
      aria-label={props.name}
      title={props.name}
      onClick={props.onClick}
    >
      <props.icon.react tag="span" aria-hidden="true" />
    </button>
  );
}
