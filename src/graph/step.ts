import type { Graph, ModelFunction, Node, Tensor, ValueInfo } from '../onnx/model';

/** One operator in its place: of the main graph, of a body, or of a function body at one of its calls. */
export interface Step {
  /** Counts the steps of the whole program; what is found out about them is kept by it. */
  readonly id: number;
  /** The layer's name. */
  readonly name: string;
  readonly scope: readonly string[];
  /** Inside functions the node carries the call's attributes. */
  readonly node: Node;
  /** Slots of the values at the node's inputs and outputs; −1 where one is left out. */
  readonly reads: readonly number[];
  readonly writes: readonly number[];
  /** Slots of values that its bodies may read. */
  readonly captures: readonly number[];
  /** Operator set versions in force here. */
  readonly opsets: ReadonlyMap<string, number>;
  /** True when it reads, through others, its own output. */
  readonly cyclic: boolean;
  /** Bodies of If, Loop and Scan by attribute name. */
  readonly bodies: ReadonlyMap<string, Block>;
  /** The body of the function that it calls. */
  readonly callee: Block | null;
  /** Why a body or function was not followed; null when all was. */
  readonly refused: string | null;
}

/** A graph, a body or a function body at one call, ready to be walked. Values are numbered: a slot for each name. */
export interface Block {
  readonly owner: Graph | ModelFunction;
  readonly slots: ReadonlyMap<string, number>;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly initializers: readonly { readonly slot: number; readonly tensor: Tensor }[];
  /** Constant nodes: they are kept like initializers and are not rows of their own. */
  readonly constants: readonly { readonly slot: number; readonly node: Node }[];
  readonly steps: readonly Step[];
  /** Types that the file declares, by slot. */
  readonly declared: readonly (ValueInfo | undefined)[];
  /** How often each slot is read by the block's own nodes and as its output. */
  readonly uses: Uint32Array;
}
