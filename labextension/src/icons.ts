/** The panel's pictures: SVG that takes the theme's colours, since an emoji font may be missing. */
import { LabIcon } from '@jupyterlab/ui-components';

const picture = (body: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24">${body}</svg>`;

const SHIELD = 'M12 2 4 5v6c0 5 3.4 9.700 8 11 4.600-1.300 8-6 8-11V5z';
const HOLLOW = `${SHIELD}m0 2.150 6 2.250V11c0 3.900-2.500 7.600-6 8.900-3.500-1.300-6-5-6-8.900V6.400z`;

const shape = (d: string, kind = 'jp-icon3'): string =>
  `<path class="${kind}" fill="#616161" fill-rule="evenodd" d="${d}"/>`;

export const shieldIcon = new LabIcon({
  name: 'mlsec:shield',
  svgstr: picture(shape(`${HOLLOW}M11 14.900 7.700 11.600l1.400-1.400 1.900 1.900 4-4 1.400 1.400z`))
});

export const pausedIcon = new LabIcon({
  name: 'mlsec:paused',
  svgstr: picture(shape(`${HOLLOW}M9 8h2v7H9zm4 0h2v7h-2z`))
});

export const offIcon = new LabIcon({
  name: 'mlsec:off',
  svgstr: picture(shape(HOLLOW))
});

export const deniedIcon = new LabIcon({
  name: 'mlsec:denied',
  svgstr: picture(
    shape(
      'M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20zM8.500 7.100 12 10.600l3.500-3.500 1.400 1.400-3.500 3.500 3.500 3.500-1.400 1.400-3.500-3.500-3.500 3.500-1.400-1.400 3.500-3.500-3.500-3.500z',
      'jp-MlsecIcon-shape'
    )
  )
});

export const warningIcon = new LabIcon({
  name: 'mlsec:warning',
  svgstr: picture(
    shape('M12 2.500 1 21.500h22zM11 10h2v5h-2zm0 6.500h2v2h-2z', 'jp-MlsecIcon-shape')
  )
});

export const noteIcon = new LabIcon({
  name: 'mlsec:note',
  svgstr: picture(
    shape(
      'M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20zm-1 5h2v2h-2zm0 4h2v6h-2z',
      'jp-MlsecIcon-shape'
    )
  )
});

export const findingsIcon = new LabIcon({
  name: 'mlsec:findings',
  svgstr: picture(
    shape('M10 3a7 7 0 1 0 4.200 12.600l5.100 5.100 1.400-1.400-5.100-5.100A7 7 0 0 0 10 3zm0 2a5 5 0 1 1 0 10 5 5 0 0 1 0-10z')
  )
});

export const ledgerIcon = new LabIcon({
  name: 'mlsec:ledger',
  svgstr: picture(
    shape('M5 2h13a1 1 0 0 1 1 1v18a1 1 0 0 1-1 1H5zm2 2v16h10V4zm2 3h6v2H9zm0 4h6v2H9zm0 4h4v2H9z')
  )
});

export const jumpIcon = new LabIcon({
  name: 'mlsec:jump',
  svgstr: picture(shape('M13 5l7 7-7 7-1.400-1.400 4.600-4.600H4v-2h12.200l-4.600-4.600z'))
});
