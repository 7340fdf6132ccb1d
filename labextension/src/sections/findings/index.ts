/** The section of findings: what the guard has to say about the data, by resource. */
import * as React from 'react';

import { findingsIcon } from '../../icons';
import type { IBodyProps } from '../../parts/actions';
import type { ISection } from '../../tokens';
import { SectionWidget } from '../sectionwidget';
import { FindingsBody } from './body';
import { FindingsModel } from './model';

export function findingsSection({ actions, trans }: IBodyProps): ISection {
  const widget = new SectionWidget(new FindingsModel(), model =>
    React.createElement(FindingsBody, { actions, model, trans })
  );
  widget.addClass('jp-MlsecFindings');
  return { id: 'findings', label: trans.__('Findings'), icon: findingsIcon, widget };
}
