import type { Attribute, Graph, Model, ModelFunction, Node, ValueInfo } from '../onnx/model';
import { isConstantNode } from './constants';
import { LayerNames } from './naming';
import { bodiesOf, executionOrder } from './order';
import { splitScopes } from './scopes';
import type { Block, Step } from './step';

/** Deepest nesting of bodies and function calls that is followed. Exporters reach about 10; a file can claim any depth. */
export const MAX_DEPTH = 64;

/** Most rows that bodies of functions may add: calls of calls multiply, and 30 functions can ask for 2^30 rows. */
export const MAX_EXPANDED_STEPS = 200_000;

/** Lays out all operators of a model in execution order, with names; bodies and function calls become nested blocks. */
export function layOut(model: Model): Block {
  return new Layout(model).main();
}

interface Frame {
  readonly prefix: string;
  readonly opsets: ReadonlyMap<string, number>;
  /** The calling node's attributes, inside a function body. */
  readonly attributes: ReadonlyMap<string, Attribute> | null;
  /** Functions being expanded, to refuse recursion. */
  readonly callers: ReadonlySet<ModelFunction>;
  readonly depth: number;
}

class Layout {
  private readonly names: LayerNames;
  private readonly functions: ReadonlyMap<string, ModelFunction>;
  private expandedSteps = 0;

  constructor(private readonly model: Model) {
    this.names = new LayerNames(model.graph.nodes.map(({ name }) => name));
    this.functions = new Map(model.functions.map((callee) => [functionKey(callee.domain, callee.name, callee.overload), callee]));
  }

  main(): Block {
    return this.block(this.model.graph, { prefix: '', opsets: this.model.opsets, attributes: null, callers: new Set(), depth: 0 });
  }

  private block(owner: Graph | ModelFunction, frame: Frame): Block {
    const { order, cyclic } = executionOrder(owner.nodes);
    const constants: Node[] = [];
    const steps: Step[] = [];
    const uses = new Map<string, number>();
    const countUse = (name: string): void => void uses.set(name, (uses.get(name) ?? 0) + 1);
    if (frame.callers.size > 0) this.expandedSteps += owner.nodes.length;
    for (const position of order) {
      const node = substituted(owner.nodes[position]!, frame.attributes);
      node.inputs.forEach(countUse);
      if (isConstantNode(node)) constants.push(node);
      else steps.push(this.step(node, position, cyclic.has(position), frame));
    }
    const outputs = owner.outputs.map(nameOf);
    outputs.forEach(countUse);
    const infos = [...owner.valueInfo, ...owner.outputs, ...owner.inputs].filter((info) => typeof info !== 'string');
    return { owner, inputs: owner.inputs.map(nameOf), outputs, constants, steps, uses, declared: new Map(infos.map((info) => [info.name, info])) };
  }

  private step(node: Node, position: number, cyclic: boolean, frame: Frame): Step {
    const name = this.names.give(frame.prefix, node.name, node.op, position);
    const bodies = new Map<string, Block>();
    let refused: string | null = null;
    for (const body of bodiesOf(node)) {
      refused = this.refuse(frame, body.graph);
      if (refused !== null) break;
      bodies.set(body.name, this.block(body.graph, { ...frame, prefix: `${name}/${body.name}`, depth: frame.depth + 1 }));
    }
    let callee: Block | null = null;
    const called = this.functions.get(functionKey(node.domain, node.op, node.overload));
    if (called !== undefined) {
      refused = frame.callers.has(called) ? `function ${called.name} calls itself` : this.refuse(frame, called);
      if (refused === null) {
        callee = this.block(called, {
          prefix: name,
          opsets: called.opsets,
          attributes: node.attributes,
          callers: new Set([...frame.callers, called]),
          depth: frame.depth + 1,
        });
      }
    }
    return { name, scope: splitScopes(name), node, opsets: frame.opsets, cyclic, bodies, callee, refused };
  }

  private refuse(frame: Frame, body: Graph | ModelFunction): string | null {
    if (frame.depth >= MAX_DEPTH) return `bodies are nested more than ${String(MAX_DEPTH)} deep`;
    const inFunction = frame.callers.size > 0 || 'opsets' in body;
    if (inFunction && this.expandedSteps + body.nodes.length > MAX_EXPANDED_STEPS) return `its functions expand to more than ${String(MAX_EXPANDED_STEPS)} operators`;
    return null;
  }
}

function functionKey(domain: string, name: string, overload: string): string {
  return `${domain === 'ai.onnx' ? '' : domain}\n${name}\n${overload}`;
}

function nameOf(value: ValueInfo | string): string {
  return typeof value === 'string' ? value : value.name;
}

/** The node with references to the call's attributes filled in; those that the call leaves out are dropped. */
function substituted(node: Node, call: ReadonlyMap<string, Attribute> | null): Node {
  if (call === null) return node;
  if (![...node.attributes.values()].some(({ kind }) => kind === 'reference')) return node;
  const attributes = new Map<string, Attribute>();
  for (const [name, attribute] of node.attributes) {
    const value = attribute.kind === 'reference' ? call.get(attribute.name) : attribute;
    if (value !== undefined) attributes.set(name, value);
  }
  return { ...node, attributes };
}
