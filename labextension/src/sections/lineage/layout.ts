/** Layers from top to bottom, few crossings, in slices: a generator that rests often, so that nothing stutters. */
import type { Graph, IEdge } from './graph';

/** A node's box. Coordinates are of its centre, in units of the graph. */
export const BOX = { width: 152, height: 40, gapX: 20, gapY: 36, bend: 14 } as const;

/** Edges over more layers than this go straight: bends for them would cost more than they explain. */
const LONGEST = 12;
const SWEEPS = 4;

export interface IPoint {
  readonly x: number;
  readonly y: number;
}

export interface ILayout {
  /** By node id. */
  readonly places: readonly IPoint[];
  /** Each edge's way, its ends included. */
  readonly ways: ReadonlyMap<IEdge, readonly IPoint[]>;
  /** The nodes such that edges lead forward. */
  readonly order: readonly number[];
  readonly width: number;
  readonly height: number;
}

/** A node or a bend of a long edge, in its layer. */
interface ISlot {
  readonly layer: number;
  readonly width: number;
  readonly above: ISlot[];
  readonly below: ISlot[];
  x: number;
}

/** Lay the graph out, near where its nodes were `before`. Yields where it may be interrupted. */
export function* layout(graph: Graph, before: ILayout | null = null): Generator<void, ILayout> {
  const { layers: depth, order } = ranked(graph);
  yield;
  const slots = graph.nodes.map(({ id }) => slot(depth[id], BOX.width, before?.places[id]?.x));
  yield;
  const bends = new Map<IEdge, readonly ISlot[]>();
  const layers: ISlot[][] = [];
  const put = (one: ISlot): ISlot => {
    (layers[one.layer] ??= []).push(one);
    return one;
  };
  slots.forEach(put);
  for (const edge of graph.edges) {
    bends.set(edge, threaded(slots[edge.from], slots[edge.to], put));
  }
  yield;
  yield* started(layers, before !== null);
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    yield* swept(layers, sweep % 2 === 0);
  }
  yield;
  return finished(graph, slots, bends, layers, order);
}

/** The longest way from a source to each node, and an order in which edges lead forward; circles are cut. */
function ranked(graph: Graph): { readonly layers: readonly number[]; readonly order: readonly number[] } {
  const layers = graph.nodes.map(() => 0);
  const left = graph.nodes.map(node => node.before.length);
  const done = graph.nodes.map(() => false);
  const order: number[] = [];
  const ready = graph.nodes.filter(node => node.before.length === 0).map(node => node.id).reverse();
  let first = 0;
  while (order.length < graph.nodes.length) {
    let id = ready.pop();
    if (id === undefined) {
      while (done[first]) {
        first += 1;
      }
      id = first;
    }
    if (done[id]) {
      continue;
    }
    done[id] = true;
    order.push(id);
    for (const { to } of graph.nodes[id].after) {
      left[to] -= 1;
      if (!done[to]) {
        layers[to] = Math.max(layers[to], layers[id] + 1);
        if (left[to] === 0) {
          ready.push(to);
        }
      }
    }
  }
  return { layers: lowered(graph, layers, order), order };
}

/** Sources stand just above what first uses them, instead of all in the first layer. */
function lowered(graph: Graph, layers: readonly number[], order: readonly number[]): readonly number[] {
  const lower = [...layers];
  for (const id of order) {
    const node = graph.nodes[id];
    if (node.before.length === 0 && node.after.length > 0) {
      const nearest = node.after.reduce((least, edge) => Math.min(least, layers[edge.to]), Infinity);
      lower[id] = Math.max(lower[id], nearest - 1);
    }
  }
  return lower;
}

function slot(layer: number, width: number, x = NaN): ISlot {
  return { layer, width, above: [], below: [], x };
}

function tie(above: ISlot, below: ISlot): void {
  above.below.push(below);
  below.above.push(above);
}

/** The bends of one edge, one in each layer between its ends. */
function threaded(from: ISlot, to: ISlot, put: (one: ISlot) => ISlot): readonly ISlot[] {
  const span = to.layer - from.layer;
  if (span <= 1 || span > LONGEST) {
    if (span > 0) {
      tie(from, to);
    }
    return [];
  }
  const made: ISlot[] = [];
  let last = from;
  for (let layer = from.layer + 1; layer < to.layer; layer += 1) {
    const bend = put(slot(layer, BOX.bend));
    tie(last, bend);
    made.push(bend);
    last = bend;
  }
  tie(last, to);
  return made;
}

/** First places: where a node was, else below what leads to it. */
function* started(layers: readonly ISlot[][], isKnown: boolean): Generator<void> {
  for (const layer of layers) {
    layer.forEach((one, at) => {
      if (Number.isNaN(one.x)) {
        one.x = mean(one.above) ?? (isKnown ? mean(one.below) : null) ?? at * (BOX.width + BOX.gapX);
      }
    });
    settle(layer, layer.map(one => one.x));
    yield;
  }
}

/** Once through all layers: each slot goes to the middle of its neighbours on one side, as far as there is room. */
function* swept(layers: readonly ISlot[][], isDown: boolean): Generator<void> {
  const count = layers.length;
  for (let step = 0; step < count; step += 1) {
    const layer = layers[isDown ? step : count - 1 - step];
    const wanted = layer.map(one => mean(isDown ? one.above : one.below) ?? one.x);
    settle(layer, wanted);
    if (layer.length > 100 || step % 8 === 7) {
      yield;
    }
  }
}

function mean(slots: readonly ISlot[]): number | null {
  let sum = 0;
  let count = 0;
  for (const one of slots) {
    if (!Number.isNaN(one.x)) {
      sum += one.x;
      count += 1;
    }
  }
  return count === 0 ? null : sum / count;
}

/** Put a layer in the order of the wanted places, as near to them as boxes may stand (pool adjacent violators). */
function settle(layer: ISlot[], wanted: readonly number[]): void {
  const places = layer
    .map((one, at) => ({ one, x: wanted[at], at }))
    .sort((one, other) => one.x - other.x || one.at - other.at);
  const pools: { sum: number; count: number }[] = [];
  const offsets: number[] = [];
  let offset = 0;
  places.forEach(({ one, x }, at) => {
    offset += at === 0 ? 0 : (places[at - 1].one.width + one.width) / 2 + BOX.gapX;
    offsets.push(offset);
    let pool = { sum: x - offset, count: 1 };
    for (let last = pools.at(-1); last && last.sum / last.count >= pool.sum / pool.count; last = pools.at(-1)) {
      pool = { sum: pool.sum + last.sum, count: pool.count + last.count };
      pools.pop();
    }
    pools.push(pool);
  });
  let at = 0;
  for (const pool of pools) {
    for (let left = pool.count; left > 0; left -= 1) {
      layer[at] = places[at].one;
      layer[at].x = pool.sum / pool.count + offsets[at];
      at += 1;
    }
  }
}

function finished(
  graph: Graph,
  slots: readonly ISlot[],
  bends: ReadonlyMap<IEdge, readonly ISlot[]>,
  layers: readonly ISlot[][],
  order: readonly number[]
): ILayout {
  const left = slots.reduce((least, one) => Math.min(least, one.x - BOX.width / 2), Infinity);
  const right = slots.reduce((most, one) => Math.max(most, one.x + BOX.width / 2), -Infinity);
  const point = (one: ISlot): IPoint => ({
    x: one.x - left,
    y: one.layer * (BOX.height + BOX.gapY) + BOX.height / 2
  });
  const ways = new Map(
    graph.edges.map(edge => [
      edge,
      [slots[edge.from], ...(bends.get(edge) ?? []), slots[edge.to]].map(point)
    ])
  );
  return {
    places: slots.map(point),
    ways,
    order,
    width: slots.length === 0 ? 0 : right - left,
    height: Math.max(0, layers.length * (BOX.height + BOX.gapY) - BOX.gapY)
  };
}
