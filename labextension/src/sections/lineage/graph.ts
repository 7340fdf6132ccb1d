/** The graph of a run: files and models as nodes, the cells between them, built entry by entry. No DOM. */
import type { Cell, Operation } from '../../protocol';
import { factOf, type IRecord } from '../../session/records';

export type NodeKind = 'resource' | 'cell' | 'model';

/** How one node leads to the next. */
export type EdgeKind = 'read' | 'written' | 'used' | 'fitted' | 'asked';

/** A column of what was written, and the columns it was made of. */
export interface IColumnOrigin {
  readonly column: string;
  readonly sources: readonly string[];
  readonly evidence: string;
}

/** One node. A resource that is written again is a new node: it holds something else. */
export interface INode {
  readonly id: number;
  readonly kind: NodeKind;
  readonly name: string;
  /** The cell that ran, wrote or fitted it; null for what was there before. */
  readonly cell: Cell | null;
  /** What is worth a second line: names a cell bound, a format, a library. */
  detail: string;
  isSealed: boolean;
  /** Kinds of personal data that were recorded of it. */
  readonly labels: Set<string>;
  columns: readonly IColumnOrigin[];
  readonly before: IEdge[];
  readonly after: IEdge[];
}

export interface IEdge {
  readonly from: number;
  readonly to: number;
  readonly kind: EdgeKind;
  /** Kinds of personal data that were recorded on this very way. */
  readonly labels: Set<string>;
}

export class Graph {
  readonly nodes: INode[] = [];
  readonly edges: IEdge[] = [];

  /** Take one record in; true if the graph has changed. */
  take(one: IRecord): boolean {
    if (one.outcome === 'denied') {
      return false;
    }
    const before = this.nodes.length + this.edges.length;
    switch (one.operation.action) {
      case 'execute':
        return this._executed(one) || this.nodes.length + this.edges.length > before;
      case 'read':
      case 'connect':
        this._read(one);
        return true;
      case 'write':
        this._written(one);
        return true;
      case 'fit':
        this._fitted(one);
        return true;
      case 'predict':
      case 'transform':
        this._asked(one);
        return this.nodes.length + this.edges.length > before;
    }
  }

  /** The node of a cell, if it is in the graph. */
  ofCell(cell: Cell): INode | undefined {
    return this._cells.get(Private.cellKey(cell));
  }

  /** Every node from which one is reached, or that it reaches, itself included. */
  traced(id: number, way: 'up' | 'down'): ReadonlySet<number> {
    const found = new Set([id]);
    const due = [id];
    for (let next = due.pop(); next !== undefined; next = due.pop()) {
      const edges = way === 'up' ? this.nodes[next].before : this.nodes[next].after;
      for (const edge of edges) {
        const other = way === 'up' ? edge.from : edge.to;
        if (!found.has(other)) {
          found.add(other);
          due.push(other);
        }
      }
    }
    return found;
  }

  private _executed(one: IRecord): boolean {
    const facts = factOf(one.facts, 'CellFacts');
    if (!facts) {
      return false;
    }
    const cell = one.operation.cell;
    for (const execution of facts.uses ?? []) {
      const from = this._executions.get(execution) ?? this._cell({ execution });
      this._join(from, this._cell(cell), 'used');
    }
    const node = this.ofCell(cell);
    const isOwn = (name: string): boolean =>
      !Private.HISTORY.test(name) && !facts.imported?.includes(name);
    const detail = (facts.writes ?? []).filter(isOwn).join(', ');
    if (!node) {
      this._names.set(Private.cellKey(cell), detail);
      return false;
    }
    const changed = node.detail !== detail;
    node.detail = detail;
    return changed;
  }

  private _read(one: IRecord): void {
    const { operation } = one;
    for (const resource of [operation.resource, ...(operation.others ?? [])]) {
      const key = `${resource.kind}\n${resource.name}`;
      let node = this._resources.get(key);
      if (!node) {
        node = this._add('resource', resource.name, null, resource.format ?? resource.kind);
        this._resources.set(key, node);
      }
      const edge = this._join(node, this._cell(operation.cell), 'read');
      this._describe(one, node, resource === operation.resource ? edge : undefined);
    }
  }

  private _written(one: IRecord): void {
    const { operation } = one;
    const { resource } = operation;
    const key = `${resource.kind}\n${resource.name}`;
    const cell = this._cell(operation.cell);
    let node = this._resources.get(key);
    if (!node || !this._joined.has(`${cell.id} ${node.id}`)) {
      node = this._add('resource', resource.name, operation.cell, resource.format ?? resource.kind);
      this._resources.set(key, node);
    }
    this._describe(one, node, this._join(cell, node, 'written'));
    const origins = factOf(one.facts, 'ColumnOrigins');
    if (origins) {
      node.columns = (origins.columns ?? []).map(({ column, evidence, sources }) => ({
        column,
        evidence,
        sources: sources.map(pair => pair.join(': '))
      }));
    }
  }

  private _fitted(one: IRecord): void {
    const { operation } = one;
    const node = this._models.get(operation.id) ?? this._add('model', Private.modelName(one), operation.cell, operation.library);
    this._models.set(operation.id, node);
    this._describe(one, node, this._join(this._cell(operation.cell), node, 'fitted'));
  }

  private _asked(one: IRecord): void {
    const facts = factOf(one.facts, 'ModelFacts');
    if (!facts) {
      return;
    }
    const key = facts.training?.at(-1) ?? `used ${facts.model}`;
    const node = this._models.get(key) ?? this._add('model', facts.model, null, one.operation.library);
    this._models.set(key, node);
    this._join(node, this._cell(one.operation.cell), 'asked');
  }

  private _describe(one: IRecord, node: INode, edge: IEdge | undefined): void {
    for (const { type } of factOf(one.facts, 'Labels')?.labels ?? []) {
      node.labels.add(type);
      edge?.labels.add(type);
    }
    node.isSealed ||= factOf(one.facts, 'SealedFor') !== undefined;
  }

  private _cell(cell: Cell): INode {
    const key = Private.cellKey(cell);
    const known = this._cells.get(key) ?? (cell.id ? undefined : this._executions.get(cell.execution));
    if (known) {
      return known;
    }
    const name = cell.execution > 0 ? `In [${cell.execution}]` : 'In [ ]';
    const node = this._add('cell', name, cell, this._names.get(key) ?? '');
    this._cells.set(key, node);
    this._executions.set(cell.execution, node);
    return node;
  }

  private _add(kind: NodeKind, name: string, cell: Cell | null, detail: string): INode {
    const id = this.nodes.length;
    const node: INode = {
      id,
      kind,
      name,
      cell,
      detail,
      isSealed: false,
      labels: new Set(),
      columns: [],
      before: [],
      after: []
    };
    this.nodes.push(node);
    return node;
  }

  /** One edge between two nodes, however often. None from a node back to what leads to it: time has one direction. */
  private _join(from: INode, to: INode, kind: EdgeKind): IEdge | undefined {
    const known = this._joined.get(`${from.id} ${to.id}`);
    if (known || from === to || this._joined.has(`${to.id} ${from.id}`)) {
      return known;
    }
    const edge: IEdge = { from: from.id, to: to.id, kind, labels: new Set() };
    this.edges.push(edge);
    this._joined.set(`${from.id} ${to.id}`, edge);
    from.after.push(edge);
    to.before.push(edge);
    return edge;
  }

  private readonly _joined = new Map<string, IEdge>();
  private readonly _resources = new Map<string, INode>();
  private readonly _models = new Map<string, INode>();
  private readonly _cells = new Map<string, INode>();
  private readonly _executions = new Map<number, INode>();
  private readonly _names = new Map<string, string>();
}

namespace Private {
  /** Names that IPython binds by itself: `_`, `_3`, `_i`, `__`, `_exit_code`. */
  export const HISTORY = /^_+(i*|i?\d+|exit_code)$/;

  export function cellKey(cell: Operation['cell']): string {
    return `${cell.execution} ${cell.id ?? ''}`;
  }

  export function modelName(one: IRecord): string {
    return factOf(one.facts, 'ModelFacts')?.model ?? one.operation.resource.name;
  }
}
