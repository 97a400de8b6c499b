import type { ModelFunction, Node, Tensor } from '../onnx/model';
import type { Reader } from '../graph/dataFlow';

/** A change that takes a finding away without a change of what the model should compute. Never crosses processes. */
export type Repair =
  /** Gives a Q or DQ node the right axis. */
  | { readonly kind: 'axis'; readonly node: Node; readonly axis: number }
  /** Lets a Q or DQ node be that of com.microsoft, which takes the same beside any operator set. `definition`: the function that it is in. */
  | { readonly kind: 'domain'; readonly node: Node; readonly definition: ModelFunction | null }
  /** Writes −127 where a tensor of int8 codes has −128. */
  | { readonly kind: 'clip'; readonly tensor: Tensor }
  /** Lets readers of `drop` read `keep`, the same tensor under another name. `constant`: the node that holds it, when it is no initializer. */
  | { readonly kind: 'merge'; readonly keep: string; readonly drop: Tensor; readonly dropName: string; readonly constant: Node | null; readonly readers: readonly Reader[] }
  /** Takes out a node whose output nothing reads. */
  | { readonly kind: 'remove'; readonly node: Node };

/** What a repaired copy has instead, for a person. */
export function describeRepair(repair: Repair): string {
  switch (repair.kind) {
    case 'axis':
      return `Set axis to ${repair.axis}`;
    case 'domain':
      return 'Use the operator of com.microsoft, which takes it in every operator set';
    case 'clip':
      return 'Write −127 for −128';
    case 'merge':
      return `Keep one copy, "${repair.keep}"`;
    case 'remove':
      return 'Remove the node, which nothing reads';
  }
}
