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

export const dataIcon = new LabIcon({
  name: 'mlsec:data',
  svgstr: picture(shape('M3 4h18v16H3zm2 2v3h6V6zm8 0v3h6V6zm-8 5v3h6v-3zm8 0v3h6v-3zm-8 5v2h6v-2zm8 0v2h6v-2z'))
});

export const lineageIcon = new LabIcon({
  name: 'mlsec:lineage',
  svgstr: picture(
    shape('M9 2h6v6h-2v2.500h6V16h2v6h-6v-6h2v-3.500H7V16h2v6H3v-6h2v-5.500h6V8H9zm2 2v2h2V4zM5 18v2h2v-2zm12 0v2h2v-2z')
  )
});

export const modelIcon = new LabIcon({
  name: 'mlsec:model',
  svgstr: picture(
    shape('M12 2 3 7v10l9 5 9-5V7zm0 2.300L17.900 7.600 12 10.900 6.100 7.600zM5 9.300l6 3.300v6.500l-6-3.300zm8 9.800v-6.500l6-3.300v6.500z')
  )
});

export const lockIcon = new LabIcon({
  name: 'mlsec:lock',
  svgstr: picture(
    shape('M12 2a5 5 0 0 0-5 5v3H5v12h14V10h-2V7a5 5 0 0 0-5-5zm0 2a3 3 0 0 1 3 3v3H9V7a3 3 0 0 1 3-3zm-1 10h2v4h-2z')
  )
});

export const openLockIcon = new LabIcon({
  name: 'mlsec:open-lock',
  svgstr: picture(
    shape('M12 2a5 5 0 0 0-5 5h2a3 3 0 0 1 6 0v3H5v12h14V10h-2V7a5 5 0 0 0-5-5zM7 12h10v8H7zm4 2h2v4h-2z')
  )
});

export const unseenIcon = new LabIcon({
  name: 'mlsec:unseen',
  svgstr: picture(
    shape('M3.400 2 2 3.400l3.300 3.300A11.800 11.800 0 0 0 1 12c1.700 4.400 6 7.500 11 7.500 1.600 0 3.100-.3 4.500-.9l4.100 4 1.400-1.400zM12 17.500c-3.800 0-7.200-2.100-8.800-5.500a9.700 9.700 0 0 1 3.500-3.900l1.700 1.700a4.500 4.500 0 0 0 5.900 5.900l.7.7c-1 .7-2 1.100-3 1.100zm0-13c-1.300 0-2.500.2-3.700.6l1.700 1.600c.6-.1 1.300-.2 2-.2 3.800 0 7.200 2.100 8.800 5.500-.6 1.200-1.400 2.300-2.400 3.200l1.400 1.400A11.800 11.800 0 0 0 23 12c-1.700-4.400-6-7.500-11-7.500z')
  )
});

export const readIcon = new LabIcon({
  name: 'mlsec:read',
  svgstr: picture(shape('M11 3h2v9.200l3.600-3.600 1.400 1.400-6 6-6-6 1.400-1.400 3.600 3.600zM4 19h16v2H4z'))
});

export const writeIcon = new LabIcon({
  name: 'mlsec:write',
  svgstr: picture(shape('M12 3l6 6-1.400 1.400L13 6.800V16h-2V6.800l-3.600 3.600L6 9zM4 19h16v2H4z'))
});
