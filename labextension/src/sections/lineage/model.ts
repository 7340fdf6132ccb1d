/** The lineage as a section shows it: the graph as far as it is known, laid out, with one node chosen and traced. */
import type { Cell } from '../../protocol';
import { record, type Known } from '../../session/records';
import { inSlices } from '../../session/slices';
import { SectionModel } from '../sectionmodel';
import { flow, type ICarried } from './flow';
import { Graph, type IEdge, type INode } from './graph';
import { layout, type ILayout } from './layout';

/** Entries taken in before the page may draw again. */
const AT_ONCE = 500;

/** What is told of the chosen node: all around it, what leads to it, or what it leads to. */
export type Trace = 'both' | 'up' | 'down';

/** A graph that was laid out; it and its parts do not change afterwards. */
export interface IPlaced extends ILayout {
  readonly nodes: readonly INode[];
  readonly edges: readonly IEdge[];
  readonly carried: ReadonlyMap<IEdge, ICarried>;
}

export class LineageModel extends SectionModel {
  /** The newest layout; null while there is none yet. Asking starts one where the graph has grown. */
  get placed(): IPlaced | null {
    this._update();
    return this._placed;
  }

  /** The chosen node's id, or null. */
  get chosen(): number | null {
    return this._chosen;
  }
  set chosen(id: number | null) {
    this._chosen = id;
    this._traced = null;
    this.redraw();
  }

  get trace(): Trace {
    return this._trace;
  }
  set trace(trace: Trace) {
    this._trace = trace;
    this._traced = null;
    this.redraw();
  }

  /** The nodes on a way through the chosen one; null when none is chosen. */
  get traced(): ReadonlySet<number> | null {
    if (this._chosen === null || !this._graph.nodes[this._chosen]) {
      return null;
    }
    this._traced ??= Private.traced(this._graph, this._chosen, this._trace);
    return this._traced;
  }

  /** The nodes that pass the filter and belong to the trace, the newest first. */
  get listed(): readonly INode[] {
    const query = this.query.trim().toLowerCase();
    const traced = this.traced;
    return (this._placed?.nodes ?? [])
      .filter(
        node => (!traced || traced.has(node.id)) && (query === '' || Private.text(node).includes(query))
      )
      .reverse();
  }

  /** The nodes that the filter finds; null without a filter. */
  get matches(): ReadonlySet<number> | null {
    return this.query.trim() === '' ? null : new Set(this.listed.map(node => node.id));
  }

  node(id: number): INode {
    return this._graph.nodes[id];
  }

  override get cell(): Cell | null {
    return null;
  }
  /** A cell is shown by choosing its node. */
  override set cell(cell: Cell | null) {
    if (cell !== null) {
      this._update();
      this._chosen = this._graph.ofCell(cell)?.id ?? null;
      this._traced = null;
      this.redraw();
    }
  }

  override dispose(): void {
    this._stop?.();
    super.dispose();
  }

  /** New events are taken in when somebody looks: see `placed`. */
  protected override forget(): void {
    this._isStale = true;
  }

  private _update(): void {
    if (!this._isStale) {
      return;
    }
    this._isStale = false;
    const store = this.store;
    if (store?.revision !== this._revision || store.run !== this._run) {
      this._reset();
    }
    let changed = false;
    const entries = store?.entries ?? [];
    const first = Private.after(entries, this._taken);
    const end = Math.min(entries.length, first + AT_ONCE);
    for (let at = first; at < end; at += 1) {
      const one = record(entries[at], this._known);
      changed = (one !== null && this._graph.take(one)) || changed;
      this._taken = entries[at].seq;
    }
    if (end < entries.length) {
      this._isStale = true;
      setTimeout(() => this.redraw());
    }
    if (changed) {
      this._traced = null;
      this._arrange();
    }
  }

  private _reset(): void {
    this._revision = this.store?.revision ?? -1;
    this._run = this.store?.run ?? null;
    this._graph = new Graph();
    this._known = new Map();
    this._taken = -1;
    this._placed = null;
    this._chosen = null;
    this._traced = null;
    this._stop?.();
    this._stop = null;
  }

  /** One layout at a time: what comes meanwhile waits for the next. */
  private _arrange(): void {
    if (this._stop) {
      this._isBehind = true;
      return;
    }
    this._isBehind = false;
    const graph = this._graph;
    const nodes = graph.nodes.slice();
    const edges = graph.edges.slice();
    const frozen = Private.frozen(nodes, edges);
    this._stop = inSlices(this._timed(Private.placed(frozen, this._placed)), found => {
      this._stop = null;
      this._placed = { ...found, nodes, edges };
      if (this._isBehind) {
        this._arrange();
      }
      this.redraw();
    });
  }

  private *_timed<T>(work: Generator<void, T>): Generator<void, T> {
    let spent = 0;
    for (;;) {
      const from = performance.now();
      const step = work.next();
      spent += performance.now() - from;
      if (step.done) {
        performance.measure(LineageModel.LAYOUT, { start: from - spent, duration: spent });
        return step.value;
      }
      yield;
    }
  }

  private _graph = new Graph();
  private _known: Known = new Map();
  private _taken = -1;
  private _revision = -1;
  private _run: string | null = null;
  private _isStale = true;
  private _isBehind = false;
  private _placed: IPlaced | null = null;
  private _stop: (() => void) | null = null;
  private _chosen: number | null = null;
  private _trace: Trace = 'both';
  private _traced: ReadonlySet<number> | null = null;
}

export namespace LineageModel {
  /** The name under which the browser's own timeline shows what layouts cost. */
  export const LAYOUT = 'mlsec-lineage-layout';
}

namespace Private {
  /** The layout, and then what goes along its edges. */
  export function* placed(
    graph: Graph,
    before: ILayout | null
  ): Generator<void, ILayout & { readonly carried: ReadonlyMap<IEdge, ICarried> }> {
    const found = yield* layout(graph, before);
    yield;
    return { ...found, carried: flow(graph, found.order) };
  }

  /** The index of the first entry after that number. Entries are in order. */
  export function after(entries: readonly { readonly seq: number }[], seq: number): number {
    let low = 0;
    let high = entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (entries[middle].seq <= seq) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** The graph as it is now: its layout is made over some time, in which the graph may grow. */
  export function frozen(nodes: readonly INode[], edges: readonly IEdge[]): Graph {
    const graph = new Graph();
    nodes.forEach(node => graph.nodes.push({ ...node, before: [], after: [] }));
    for (const edge of edges) {
      graph.edges.push(edge);
      graph.nodes[edge.from].after.push(edge);
      graph.nodes[edge.to].before.push(edge);
    }
    return graph;
  }

  export function traced(graph: Graph, id: number, trace: Trace): ReadonlySet<number> {
    const up = trace === 'down' ? [] : graph.traced(id, 'up');
    const down = trace === 'up' ? [] : graph.traced(id, 'down');
    return new Set([...up, ...down]);
  }

  /** What the filter looks in. */
  export function text(node: INode): string {
    const columns = node.columns.map(({ column, sources }) => `${column} ${sources.join(' ')}`);
    return [node.name, node.detail, ...node.labels, ...columns].join('\n').toLowerCase();
  }
}
