import type { onnx } from 'onnx-proto';
import { floatTensor, int, int64Tensor, node, text } from './onnxBuilder';

/** A node, with its inputs, that means something else from operator set 21 on, so that a model with it keeps its own. */
export function unraisable(opset: number): { readonly nodes: readonly onnx.INodeProto[]; readonly initializers: readonly onnx.ITensorProto[] } {
  if (opset < 10) return { nodes: [], initializers: [] };
  if (opset < 16) {
    const initializers = [floatTensor('old_x', [1, 1, 4, 4], new Float32Array(16)), floatTensor('old_rois', [1, 4], [0, 0, 2, 2]), int64Tensor('old_batch', [1], [0])];
    return { nodes: [node('RoiAlign', ['old_x', 'old_rois', 'old_batch'], ['old_y'], { name: 'old' })], initializers };
  }
  if (opset < 20) {
    const initializers = [floatTensor('old_x', [1, 1, 2, 2], new Float32Array(4)), floatTensor('old_grid', [1, 1, 1, 2], [0, 0])];
    return { nodes: [node('GridSample', ['old_x', 'old_grid'], ['old_y'], { name: 'old', attributes: { mode: text('bilinear') } })], initializers };
  }
  const initializers = [floatTensor('old_x', [1, 2, 2], new Float32Array(4)), floatTensor('old_scale', [1], [1]), floatTensor('old_bias', [1], [0])];
  return { nodes: [node('GroupNormalization', ['old_x', 'old_scale', 'old_bias'], ['old_y'], { name: 'old', attributes: { num_groups: int(1) } })], initializers };
}
