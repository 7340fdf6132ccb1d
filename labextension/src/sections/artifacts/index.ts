/** The section of artifacts: what was written, sealed or plain, for whom. */
import * as React from 'react';

import { lockIcon } from '../../icons';
import type { IBodyProps } from '../../parts/actions';
import type { ISection } from '../../tokens';
import { SectionWidget } from '../sectionwidget';
import { ArtifactsBody } from './body';
import { ArtifactsModel } from './model';

export function artifactsSection({ actions, trans }: IBodyProps): ISection {
  const widget = new SectionWidget(new ArtifactsModel(), model =>
    React.createElement(ArtifactsBody, { actions, model, trans })
  );
  widget.addClass('jp-MlsecArtifacts');
  return { id: 'artifacts', label: trans.__('Artifacts'), icon: lockIcon, widget };
}
