import type { Attribute, Graph, Model, ModelFunction, Node, ValueInfo } from '../onnx/model';
import { isConstantNode } from './constants';
import { LayerNames } from './naming';
import { bodiesOf } from './bodies';
import { ScopeSplitter } from './scopes';
import type { Block, Step } from './step';
import { Wiring } from './wiring';

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
  private readonly scopes = new ScopeSplitter();
  private expandedSteps = 0;
  private steps = 0;

  constructor(private readonly model: Model) {
    this.names = new LayerNames(model.graph.nodes.map(({ name }) => name));
    this.functions = new Map(model.functions.map((callee) => [functionKey(callee.domain, callee.name, callee.overload), callee]));
  }

  main(): Block {
    return this.block(this.model.graph, { prefix: '', opsets: this.model.opsets, attributes: null, callers: new Set(), depth: 0 });
  }

  private block(owner: Graph | ModelFunction, frame: Frame): Block {
    if (frame.callers.size > 0) this.expandedSteps += owner.nodes.length;
    const wiring = new Wiring(owner.nodes);
    const { order, cyclic } = wiring.order();
    const constants: Block['constants'][number][] = [];
    const steps: Step[] = [];
    for (const position of order) {
      const node = substituted(owner.nodes[position]!, frame.attributes);
      const slot = wiring.writes[position]![0];
      if (slot !== undefined && slot >= 0 && isConstantNode(node)) constants.push({ slot, node });
      else steps.push(this.step(node, wiring, position, cyclic.has(position), frame));
    }
    const outputs = owner.outputs.map(nameOf);
    const read = outputs.map((name) => wiring.slot(name));
    const initializers = 'initializers' in owner ? owner.initializers.map((tensor) => ({ slot: wiring.slot(tensor.name), tensor })) : [];
    for (const info of owner.inputs) wiring.slot(nameOf(info));
    const declared = declaredBySlot(owner, wiring);
    return { owner, slots: wiring.slots, inputs: owner.inputs.map(nameOf), outputs, initializers, constants, steps, declared, uses: countUses(wiring, read) };
  }

  private step(node: Node, wiring: Wiring, position: number, cyclic: boolean, frame: Frame): Step {
    const name = this.names.give(frame.prefix, node.name, node.op, position);
    const id = this.steps;
    this.steps += 1;
    const { bodies, refused } = this.bodies(node, name, frame);
    const called = this.functions.size === 0 ? undefined : this.functions.get(functionKey(node.domain, node.op, node.overload));
    const captures = wiring.captures.get(position) ?? NONE;
    const step = { id, name, scope: this.scopes.split(name), node, reads: wiring.reads[position]!, writes: wiring.writes[position]!, captures, opsets: frame.opsets, cyclic, bodies, callee: null, refused };
    return called === undefined ? step : { ...step, ...this.call(called, node, name, frame) };
  }

  private bodies(node: Node, name: string, frame: Frame): Pick<Step, 'bodies' | 'refused'> {
    const found = bodiesOf(node);
    if (found.length === 0) return WITHOUT_BODIES;
    const bodies = new Map<string, Block>();
    for (const body of found) {
      const refused = this.refuse(frame, body.graph);
      if (refused !== null) return { bodies, refused };
      bodies.set(body.name, this.block(body.graph, { ...frame, prefix: `${name}/${body.name}`, depth: frame.depth + 1 }));
    }
    return { bodies, refused: null };
  }

  private call(called: ModelFunction, node: Node, name: string, frame: Frame): Pick<Step, 'callee' | 'refused'> {
    const refused = frame.callers.has(called) ? `function ${called.name} calls itself` : this.refuse(frame, called);
    if (refused !== null) return { callee: null, refused };
    const inside = { prefix: name, opsets: called.opsets, attributes: called.defaults.size === 0 ? node.attributes : new Map([...called.defaults, ...node.attributes]), callers: new Set([...frame.callers, called]), depth: frame.depth + 1 };
    return { callee: this.block(called, inside), refused: null };
  }

  private refuse(frame: Frame, body: Graph | ModelFunction): string | null {
    if (frame.depth >= MAX_DEPTH) return `bodies are nested more than ${String(MAX_DEPTH)} deep`;
    const inFunction = frame.callers.size > 0 || 'opsets' in body;
    if (inFunction && this.expandedSteps + body.nodes.length > MAX_EXPANDED_STEPS) return `its functions expand to more than ${String(MAX_EXPANDED_STEPS)} operators`;
    return null;
  }
}

const NONE: readonly never[] = [];

const WITHOUT_BODIES: Pick<Step, 'bodies' | 'refused'> = { bodies: new Map(), refused: null };

/** Later declarations of a name give way to those of the outputs and inputs. */
function declaredBySlot(owner: Graph | ModelFunction, wiring: Wiring): readonly (ValueInfo | undefined)[] {
  const declared: (ValueInfo | undefined)[] = [];
  for (const infos of [owner.valueInfo, owner.outputs, owner.inputs]) {
    for (const info of infos) {
      const slot = typeof info === 'string' ? undefined : wiring.slots.get(info.name);
      if (slot !== undefined && typeof info !== 'string') declared[slot] = info;
    }
  }
  return declared;
}

function countUses(wiring: Wiring, outputs: readonly number[]): Uint32Array {
  const uses = new Uint32Array(wiring.slots.size);
  for (const reads of wiring.reads) {
    for (const slot of reads) if (slot >= 0) uses[slot]! += 1;
  }
  for (const slot of outputs) uses[slot]! += 1;
  return uses;
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
