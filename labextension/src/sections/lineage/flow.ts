/** Which kinds of personal data may go along which edge: recorded there, or between where it was and is again. */
import type { Graph, IEdge } from './graph';

/** What an edge carries, and whether that was recorded on it or follows from both its ends. */
export interface ICarried {
  readonly types: readonly string[];
  readonly isRecorded: boolean;
}

/** What each edge carries, by edge. `order` lists the nodes such that edges lead forward. */
export function flow(graph: Graph, order: readonly number[]): ReadonlyMap<IEdge, ICarried> {
  const upstream = graph.nodes.map(node => new Set(node.labels));
  const downstream = graph.nodes.map(node => new Set(node.labels));
  for (const id of order) {
    graph.nodes[id].after.forEach(edge => pour(upstream[id], upstream[edge.to]));
  }
  for (let at = order.length - 1; at >= 0; at -= 1) {
    const id = order[at];
    graph.nodes[id].before.forEach(edge => pour(downstream[id], downstream[edge.from]));
  }
  const carried = new Map<IEdge, ICarried>();
  for (const edge of graph.edges) {
    const types =
      edge.labels.size > 0
        ? [...edge.labels]
        : [...upstream[edge.from]].filter(type => downstream[edge.to].has(type));
    if (types.length > 0) {
      carried.set(edge, { types, isRecorded: edge.labels.size > 0 });
    }
  }
  return carried;
}

function pour(from: ReadonlySet<string>, to: Set<string>): void {
  from.forEach(type => to.add(type));
}
