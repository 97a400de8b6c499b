import type { Graph, ModelFunction, Node, ValueInfo } from '../onnx/model';

/** One operator in its place: of the main graph, of a body, or of a function body at one of its calls. */
export interface Step {
  /** The layer's name. */
  readonly name: string;
  readonly scope: readonly string[];
  /** Inside functions the node carries the call's attributes. */
  readonly node: Node;
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

/** A graph, a body or a function body at one call, ready to be walked. */
export interface Block {
  readonly owner: Graph | ModelFunction;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Constant nodes: they are kept like initializers and are not rows of their own. */
  readonly constants: readonly Node[];
  readonly steps: readonly Step[];
  /** Types that the file declares for values of this block. */
  readonly declared: ReadonlyMap<string, ValueInfo>;
  /** How often each name is read by the block's own nodes and as its output. */
  readonly uses: ReadonlyMap<string, number>;
}
