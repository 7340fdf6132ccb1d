/** What JSX becomes in the bundle, under a name that can be shortened. */
import { createElement } from 'react';

export const jsxElement = createElement;
