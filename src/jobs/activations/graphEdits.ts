import type { DataType } from '../../onnx/dtypes';
import { appendInitializer, appendNodes, appendOutputs, insertNodesAfter, insertNodesBefore, removeDeclarations, removeNode, removeOutputs, removeTensor, rewireNode } from '../../onnx/edits';
import type { NewNode } from '../../onnx/edits';
import type { Model, Node } from '../../onnx/model';
import { bytesPiece } from '../../onnx/pieces';
import type { MessageEdit } from '../../onnx/splice';
import { graphInputField } from '../export/encode';
import type { Flow } from '../../graph/flow';
import type { FreshNames } from '../export/freshNames';
import { FREE_INITIALIZERS_IR_VERSION } from '../export/layoutExport';
import type { StoredTensor } from './stored';

/** A node to be added; its name is made up. */
export type AddedNode = Omit<NewNode, 'name'>;

/** Gathers changes of a model's main graph, for one splice of its file. What one node reads is changed input by input. */
export class GraphEdits {
  readonly #edits: MessageEdit[] = [];
  readonly #inputs = new Map<Node, string[]>();
  readonly #outputs = new Map<Node, string[]>();

  constructor(
    readonly model: Model,
    readonly names: FreshNames,
  ) {}

  /** A new initializer. Returns its name. */
  constant(wanted: string, dataType: DataType, dims: readonly number[], values: ArrayBufferView): string {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice();
    const part = { name: this.names.take(wanted), dataType, dims, bytes: bytes.length };
    const { graph, irVersion } = this.model;
    this.#edits.push(appendInitializer(graph, { ...part, data: { kind: 'raw', pieces: [bytesPiece(bytes)] } }));
    if (irVersion < FREE_INITIALIZERS_IR_VERSION) this.#edits.push({ span: graph.span, append: graphInputField(part) });
    return part.name;
  }

  scalar(wanted: string, value: number): string {
    return this.constant(wanted, 'float', [], Float32Array.of(value));
  }

  /** Adds nodes right behind one, or in front of all others when it is undefined. */
  addAfter(previous: Node | undefined, nodes: readonly AddedNode[]): void {
    const [first] = this.model.graph.nodes;
    const named = this.#named(nodes);
    if (previous !== undefined) this.#edits.push(insertNodesAfter(this.model.graph, previous, named));
    else if (first !== undefined) this.#edits.push(insertNodesBefore(this.model.graph, first, named));
  }

  addBefore(next: Node, nodes: readonly AddedNode[]): void {
    this.#edits.push(insertNodesBefore(this.model.graph, next, this.#named(nodes)));
  }

  addLast(nodes: readonly AddedNode[]): void {
    this.#edits.push(appendNodes(this.model.graph, this.#named(nodes)));
  }

  /** Inputs that are left out up to this one are named ''. */
  setInput(node: Node, input: number, name: string): void {
    const inputs = this.#inputs.get(node) ?? [...node.inputs];
    while (inputs.length <= input) inputs.push('');
    inputs[input] = name;
    this.#inputs.set(node, inputs);
  }

  /** Lets an input read another value, and takes the constant that it read before out of the file, unless something else needs it. */
  replaceInput(flow: Flow, stored: ReadonlyMap<string, StoredTensor>, node: Node, input: number, name: string): void {
    this.setInput(node, input, name);
    this.#drop(flow, stored, node.inputs[input] ?? '');
  }

  setOutput(node: Node, output: number, name: string): void {
    const outputs = this.#outputs.get(node) ?? [...node.outputs];
    outputs[output] = name;
    this.#outputs.set(node, outputs);
  }

  remove(node: Node): void {
    this.#edits.push(removeNode(node));
  }

  /** Takes a node out, and the constants that only it reads. */
  removeWithConstants(flow: Flow, stored: ReadonlyMap<string, StoredTensor>, node: Node): void {
    this.remove(node);
    for (const name of node.inputs) this.#drop(flow, stored, name);
  }

  /** Makes another operator of a node. */
  setOp(node: Node, op: string): void {
    this.#edits.push(rewireNode(node, { op }));
  }

  rename(node: Node, name: string): void {
    this.#edits.push(rewireNode(node, { name }));
  }

  /** Any other change of the file. */
  edit(edit: MessageEdit): void {
    this.#edits.push(edit);
  }

  /** Takes out all nodes but some, and the outputs, which may be made by those. */
  keepOnly(nodes: ReadonlySet<Node>): void {
    for (const node of this.model.graph.nodes) if (!nodes.has(node)) this.remove(node);
    this.#edits.push(removeOutputs(this.model.graph));
  }

  /** Gives values out, for whoever runs the model. */
  expose(names: readonly string[]): void {
    if (names.length > 0) this.#edits.push(appendOutputs(this.model.graph, names));
  }

  finish(): readonly MessageEdit[] {
    return [
      ...this.#edits,
      ...[...this.#inputs].map(([node, inputs]) => rewireNode(node, { inputs })),
      ...[...this.#outputs].map(([node, outputs]) => rewireNode(node, { outputs })),
    ];
  }

  #drop(flow: Flow, stored: ReadonlyMap<string, StoredTensor>, name: string): void {
    const constant = stored.get(name);
    if (constant === undefined || flow.onlyReader(name) === null) return;
    if (constant.constant !== null) this.#edits.push(removeNode(constant.constant));
    else this.#edits.push(removeTensor(constant.tensor), removeDeclarations(this.model.graph, new Set([name])));
  }

  #named(nodes: readonly AddedNode[]): readonly NewNode[] {
    return nodes.map((node) => ({ ...node, name: this.names.take(`${node.outputs[0]!}_${node.op}`) }));
  }
}
