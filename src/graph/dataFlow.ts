import type { Graph, Model, ModelFunction, Node, Tensor, ValueInfo } from '../onnx/model';
import { bodiesOf } from './bodies';
import { isConstantNode } from './constants';

/** A graph, a body or a function body, with what makes and what reads its values. */
export interface Scope {
  readonly body: Graph | ModelFunction;
  /** The graph around a body. */
  readonly parent: Scope | null;
  readonly opsets: ReadonlyMap<string, number>;
  readonly origins: Map<string, Origin>;
  /** Bodies inside included. */
  readonly readers: Map<string, Reader[]>;
  readonly results: Set<string>;
}

/** A node in its place. */
export interface Site {
  readonly node: Node;
  readonly scope: Scope;
}

export interface Reader extends Site {
  readonly input: number;
}

/** Where a value comes from. */
export type Origin =
  | { readonly kind: 'node'; readonly site: Site; readonly output: number }
  | { readonly kind: 'stored'; readonly tensor: Tensor }
  | { readonly kind: 'input' };

/** Where a stored tensor is, and what the graph calls it. */
export interface StoredPlace {
  readonly name: string;
  readonly scope: Scope;
  /** The Constant node that holds it. */
  readonly constant: Node | null;
}

/** Longest chain of operators that is followed to find what a value is made of; a cycle would have no end. */
const MAX_CHAIN = 64;

const NO_READERS: readonly Reader[] = [];

/**
 * Who makes and who reads each value of a model, every node once: function bodies are looked at as they are written, not
 * at each of their calls.
 */
export class DataFlow {
  /** All nodes, but for Constants. */
  readonly sites: Site[] = [];
  private readonly byStart = new Map<number, Site>();
  private readonly places = new Map<Tensor, StoredPlace>();

  /** The scope of the model's own graph. */
  readonly main: Scope;

  constructor({ graph, functions, opsets }: Pick<Model, 'graph' | 'functions' | 'opsets'>) {
    const own = this.scopesOf(graph, opsets);
    const scopes = [...own, ...functions.flatMap((body) => [...this.scopesOf(body, body.opsets.size > 0 ? body.opsets : opsets)])];
    for (const scope of scopes) this.connect(scope);
    this.main = own[0]!;
  }

  /** The site of a node, which may be a copy with the attributes of a call: a node is told by its place in the file. */
  siteOf({ span }: Node): Site | null {
    return this.byStart.get(span.start) ?? null;
  }

  origin(scope: Scope, name: string): Origin | null {
    return ownerOf(scope, name)?.origins.get(name) ?? null;
  }

  /** Where a value comes from behind operators that only rename it. */
  source(scope: Scope, name: string): Origin | null {
    return this.behind(scope, name, (node) => node.op === 'Identity' && node.domain === '');
  }

  /** Where a value comes from behind the operators that `passes` lets through, by their first input. Null: from nowhere, or too far away. */
  behind(scope: Scope, name: string, passes: (node: Node) => boolean): Origin | null {
    let origin = this.origin(scope, name);
    for (let steps = 0; origin?.kind === 'node' && passes(origin.site.node); steps += 1) {
      if (steps === MAX_CHAIN) return null;
      origin = this.origin(origin.site.scope, origin.site.node.inputs[0] ?? '');
    }
    return origin;
  }

  /** The stored tensor that a value is, maybe under another name; null when it is computed or fed. */
  stored(scope: Scope, name: string): Tensor | null {
    const origin = this.source(scope, name);
    return origin?.kind === 'stored' ? origin.tensor : null;
  }

  placeOf(tensor: Tensor): StoredPlace | null {
    return this.places.get(tensor) ?? null;
  }

  readers(scope: Scope, name: string): readonly Reader[] {
    return ownerOf(scope, name)?.readers.get(name) ?? NO_READERS;
  }

  /** True when the value is an output of its graph or function. */
  isResult(scope: Scope, name: string): boolean {
    return ownerOf(scope, name)?.results.has(name) ?? false;
  }

  /** A body and all bodies inside; outer ones first. */
  private scopesOf(body: Graph | ModelFunction, opsets: ReadonlyMap<string, number>): readonly Scope[] {
    const scopes = [this.scope(body, null, opsets)];
    // The list grows while it is walked, so that nesting costs no stack.
    for (const scope of scopes) {
      for (const node of scope.body.nodes) for (const { graph } of bodiesOf(node)) scopes.push(this.scope(graph, scope, opsets));
    }
    return scopes;
  }

  private scope(body: Graph | ModelFunction, parent: Scope | null, opsets: ReadonlyMap<string, number>): Scope {
    const origins = new Map<string, Origin>();
    const scope: Scope = { body, parent, opsets, origins, readers: new Map(), results: new Set(body.outputs.map(nameOf)) };
    for (const info of body.inputs) origins.set(nameOf(info), { kind: 'input' });
    const store = (name: string, tensor: Tensor, constant: Node | null): void => {
      origins.set(name, { kind: 'stored', tensor });
      this.places.set(tensor, { name, scope, constant });
    };
    for (const tensor of 'initializers' in body ? body.initializers : []) store(tensor.name, tensor, null);
    for (const node of body.nodes) {
      const site: Site = { node, scope };
      this.byStart.set(node.span.start, site);
      const held = isConstantNode(node) ? node.attributes.get('value') : undefined;
      node.outputs.forEach((name, output) => {
        if (name === '' || origins.get(name)?.kind === 'node') return;
        if (held?.kind === 'tensor') store(name, held.value, node);
        else origins.set(name, { kind: 'node', site, output });
      });
      if (node.op !== 'Constant') this.sites.push(site);
    }
    return scope;
  }

  private connect(scope: Scope): void {
    for (const node of scope.body.nodes) {
      node.inputs.forEach((name, input) => {
        const owner = name === '' ? null : ownerOf(scope, name);
        if (owner === null) return;
        const readers = owner.readers.get(name);
        if (readers) readers.push({ node, scope, input });
        else owner.readers.set(name, [{ node, scope, input }]);
      });
    }
    // What a body hands out without making it is read by the node around the body, in a way that nothing here looks into.
    for (const name of scope.parent === null ? [] : scope.results) {
      const owner = ownerOf(scope, name);
      if (owner !== null && owner !== scope) owner.results.add(name);
    }
  }
}

/** The function that a scope is in; null for the model's graph and the bodies in it. */
export function functionAround(scope: Scope): ModelFunction | null {
  let outermost = scope;
  while (outermost.parent !== null) outermost = outermost.parent;
  return 'initializers' in outermost.body ? null : outermost.body;
}

function ownerOf(scope: Scope, name: string): Scope | null {
  let owner: Scope | null = scope;
  while (owner !== null && !owner.origins.has(name)) owner = owner.parent;
  return owner;
}

function nameOf(value: ValueInfo | string): string {
  return typeof value === 'string' ? value : value.name;
}
