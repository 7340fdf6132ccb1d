/** The section of the lineage: how files, frames, models and outputs hang together, cell by cell. */
import * as React from 'react';

import { lineageIcon } from '../../icons';
import type { IBodyProps } from '../../parts/actions';
import type { ISection } from '../../tokens';
import { SectionWidget } from '../sectionwidget';
import { LineageBody } from './body';
import { LineageModel } from './model';

export function lineageSection({ actions, trans }: IBodyProps): ISection {
  const widget = new SectionWidget(new LineageModel(), model =>
    React.createElement(LineageBody, { actions, model, trans })
  );
  widget.addClass('jp-MlsecLineage');
  return { id: 'lineage', label: trans.__('Lineage'), icon: lineageIcon, widget };
}
