/** Draws what is in view of a lineage onto a canvas, in the theme's colours. Told apart by shape and word, not by hue. */
import type { ICarried } from './flow';
import type { IEdge, INode, NodeKind } from './graph';
import { BOX, type IPoint } from './layout';
import type { IPlaced } from './model';

/** Where the canvas looks: the graph's point `x`, `y` is drawn in its left upper corner, `scale` times as large. */
export interface IView {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

/** The theme's colours and letters, read once per theme. */
export interface IInk {
  readonly paper: string;
  readonly box: string;
  readonly line: string;
  readonly text: string;
  readonly faint: string;
  readonly brand: string;
  readonly warning: string;
  readonly good: string;
  readonly font: string;
}

/** What to draw beside the graph itself. */
export interface IScene {
  readonly placed: IPlaced;
  readonly chosen: number | null;
  readonly traced: ReadonlySet<number> | null;
  readonly matches: ReadonlySet<number> | null;
  /** A node's kind as a word. */
  readonly word: (kind: NodeKind) => string;
  /** The word for a sealed file. */
  readonly sealed: string;
}

/** Below these scales, captions, names and labels are too small to be read and are not drawn. */
const READABLE = { caption: 0.7, name: 0.45, label: 0.6 };
const FADED = 0.25;

/** The theme's colours as they are now. */
export function inkOf(element: Element): IInk {
  const style = getComputedStyle(element);
  const value = (name: string): string => style.getPropertyValue(name).trim();
  return {
    paper: value('--jp-layout-color1'),
    box: value('--jp-layout-color2'),
    line: value('--jp-border-color0'),
    text: value('--jp-ui-font-color1'),
    faint: value('--jp-ui-font-color1'),
    brand: value('--jp-brand-color1'),
    warning: value('--jp-mlsec-warning'),
    good: value('--jp-mlsec-good'),
    font: value('--jp-ui-font-family')
  };
}

/** Draw the scene on a surface of so many CSS pixels. Gives the number of nodes that were in view. */
export function paint(
  context: CanvasRenderingContext2D,
  size: { readonly width: number; readonly height: number; readonly ratio: number },
  view: IView,
  scene: IScene,
  ink: IInk
): number {
  const { scale } = view;
  context.setTransform(size.ratio, 0, 0, size.ratio, 0, 0);
  context.fillStyle = ink.paper;
  context.fillRect(0, 0, size.width, size.height);
  context.setTransform(
    size.ratio * scale,
    0,
    0,
    size.ratio * scale,
    -view.x * scale * size.ratio,
    -view.y * scale * size.ratio
  );
  const window = {
    left: view.x,
    top: view.y,
    right: view.x + size.width / scale,
    bottom: view.y + size.height / scale
  };
  edges(context, window, view, scene, ink);
  return nodes(context, window, view, scene, ink);
}

interface IWindow {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

function nodes(
  context: CanvasRenderingContext2D,
  window: IWindow,
  view: IView,
  scene: IScene,
  ink: IInk
): number {
  let drawn = 0;
  context.textBaseline = 'middle';
  for (const node of scene.placed.nodes) {
    const place = scene.placed.places[node.id];
    const isInView =
      place.x + BOX.width / 2 >= window.left &&
      place.x - BOX.width / 2 <= window.right &&
      place.y + BOX.height / 2 >= window.top &&
      place.y - BOX.height / 2 <= window.bottom;
    if (isInView) {
      box(context, node, place, view.scale, scene, ink);
      drawn += 1;
    }
  }
  context.globalAlpha = 1;
  return drawn;
}

function box(
  context: CanvasRenderingContext2D,
  node: INode,
  { x, y }: IPoint,
  scale: number,
  scene: IScene,
  ink: IInk
): void {
  const isFaded =
    (scene.traced !== null && !scene.traced.has(node.id)) ||
    (scene.matches !== null && !scene.matches.has(node.id));
  const isChosen = scene.chosen === node.id;
  context.globalAlpha = isFaded ? FADED : 1;
  context.beginPath();
  outline(context, node, x - BOX.width / 2, y - BOX.height / 2);
  context.fillStyle = ink.box;
  context.fill();
  context.strokeStyle = isChosen ? ink.brand : node.labels.size > 0 ? ink.warning : ink.line;
  context.lineWidth = (isChosen ? 3 : node.labels.size > 0 ? 2 : 1) / Math.min(1, scale);
  context.stroke();
  if (scale < READABLE.name) {
    return;
  }
  const room = BOX.width - 20;
  const hasCaption = scale >= READABLE.caption;
  context.fillStyle = ink.text;
  context.font = `600 12px ${ink.font}`;
  context.textAlign = 'center';
  context.fillText(fitted(context, node.name, room), x, hasCaption ? y - 7 : y);
  if (hasCaption) {
    context.font = `11px ${ink.font}`;
    context.fillText(fitted(context, caption(node, scene), room), x, y + 9);
  }
}

function caption(node: INode, scene: IScene): string {
  const held = [...node.labels].join(', ');
  const words = [node.isSealed ? scene.sealed : '', held || node.detail].filter(Boolean).join(', ');
  return [scene.word(node.kind), words].filter(Boolean).join(': ');
}

/** A file has a folded corner, a cell round ones, a model six. */
function outline(context: CanvasRenderingContext2D, node: INode, x: number, y: number): void {
  const { height, width } = BOX;
  switch (node.kind) {
    case 'resource':
      context.moveTo(x, y);
      context.lineTo(x + width - 10, y);
      context.lineTo(x + width, y + 10);
      context.lineTo(x + width, y + height);
      context.lineTo(x, y + height);
      context.closePath();
      return;
    case 'cell':
      context.roundRect(x, y, width, height, 12);
      return;
    case 'model':
      context.moveTo(x + 12, y);
      context.lineTo(x + width - 12, y);
      context.lineTo(x + width, y + height / 2);
      context.lineTo(x + width - 12, y + height);
      context.lineTo(x + 12, y + height);
      context.lineTo(x, y + height / 2);
      context.closePath();
      return;
  }
}

/** Edges are gathered by how they look, so that each look costs one stroke. */
function edges(
  context: CanvasRenderingContext2D,
  window: IWindow,
  view: IView,
  scene: IScene,
  ink: IInk
): void {
  const looks = new Map<string, { edges: IEdge[]; carried: ICarried | undefined; isFaded: boolean }>();
  for (const edge of scene.placed.edges) {
    if (!isCrossing(scene.placed.ways.get(edge) ?? [], window)) {
      continue;
    }
    const carried = scene.placed.carried.get(edge);
    const isFaded =
      scene.traced !== null && !(scene.traced.has(edge.from) && scene.traced.has(edge.to));
    const key = `${isFaded} ${carried?.isRecorded}`;
    const look = looks.get(key) ?? { edges: [], carried, isFaded };
    look.edges.push(edge);
    looks.set(key, look);
  }
  for (const { carried, edges: alike, isFaded } of looks.values()) {
    context.globalAlpha = isFaded ? FADED : 1;
    context.strokeStyle = carried ? ink.warning : ink.line;
    context.lineWidth = (carried ? 2.5 : 1.2) / Math.min(1, view.scale);
    context.setLineDash(carried && !carried.isRecorded ? [6, 4] : []);
    context.beginPath();
    alike.forEach(edge => trace(context, scene.placed.ways.get(edge) ?? []));
    context.stroke();
    context.setLineDash([]);
    if (view.scale >= READABLE.label && !isFaded) {
      alike.forEach(edge => label(context, edge, scene, ink));
    }
  }
  context.globalAlpha = 1;
}

function isCrossing(way: readonly IPoint[], window: IWindow): boolean {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { x, y } of way) {
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  return right >= window.left && left <= window.right && bottom >= window.top && top <= window.bottom;
}

/** A way from the lower side of the first box to the upper side of the last, through the bends between. */
function trace(context: CanvasRenderingContext2D, way: readonly IPoint[]): void {
  const half = BOX.height / 2;
  let { x, y } = way[0];
  y += half;
  context.moveTo(x, y);
  for (let at = 1; at < way.length; at += 1) {
    const isLast = at === way.length - 1;
    const to = { x: way[at].x, y: way[at].y - half };
    const middle = (y + to.y) / 2;
    context.bezierCurveTo(x, middle, to.x, middle, to.x, to.y);
    ({ x, y } = to);
    if (!isLast) {
      y = way[at].y + half;
      context.lineTo(x, y);
    }
  }
}

/** The kinds of personal data that go along an edge, in words beside its end. */
function label(context: CanvasRenderingContext2D, edge: IEdge, scene: IScene, ink: IInk): void {
  const carried = scene.placed.carried.get(edge);
  const way = scene.placed.ways.get(edge);
  if (!carried || !way || way.length < 2) {
    return;
  }
  const last = way[way.length - 1];
  const previous = way[way.length - 2];
  const x = (previous.x + last.x) / 2;
  const y = (previous.y + last.y) / 2;
  context.font = `10px ${ink.font}`;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  const words = carried.types.length > 2 ? `${carried.types.slice(0, 2).join(', ')} +${carried.types.length - 2}` : carried.types.join(', ');
  const width = context.measureText(words).width + 8;
  context.fillStyle = ink.paper;
  context.fillRect(x - width / 2, y - 7, width, 14);
  context.fillStyle = ink.faint;
  context.fillText(words, x, y);
}

const widths = new Map<string, string>();

/** A text cut such that it fits, remembered: measuring is the dearest part of a frame. */
function fitted(context: CanvasRenderingContext2D, text: string, room: number): string {
  const key = `${context.font}\n${text}`;
  const known = widths.get(key);
  if (known !== undefined) {
    return known;
  }
  if (widths.size > 20_000) {
    widths.clear();
  }
  let cut = text.slice(0, 80);
  if (cut.length < text.length || context.measureText(cut).width > room) {
    while (cut.length > 1 && context.measureText(`${cut}\u2026`).width > room) {
      cut = cut.slice(0, -1);
    }
    cut += '\u2026';
  }
  widths.set(key, cut);
  return cut;
}
