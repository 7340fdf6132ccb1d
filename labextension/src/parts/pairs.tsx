/** A short table of names and values, as text. */
import * as React from 'react';

export interface IPairsProps {
  readonly pairs: readonly (readonly [string, React.ReactNode])[];
}

/** Pairs without a value are left out. */
export function Pairs({ pairs }: IPairsProps): React.JSX.Element {
  return (
    <dl className="jp-MlsecPairs">
      {pairs
        .filter(([, value]) => value !== null && value !== undefined && value !== '' && value !== false)
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}
