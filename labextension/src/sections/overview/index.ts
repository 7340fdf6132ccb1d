/** The section of the overview: the state, what is watched and what is not, and what it costs. */
import * as React from 'react';

import { shieldIcon } from '../../icons';
import type { IBodyProps } from '../../parts/actions';
import type { ISection } from '../../tokens';
import { SectionWidget } from '../sectionwidget';
import { OverviewBody } from './body';
import { OverviewModel } from './model';

export function overviewSection({ actions, trans }: IBodyProps): ISection {
  const widget = new SectionWidget(new OverviewModel(), model =>
    React.createElement(OverviewBody, { actions, model, trans })
  );
  widget.addClass('jp-MlsecOverview');
  return { id: 'overview', label: trans.__('Overview'), icon: shieldIcon, widget };
}
