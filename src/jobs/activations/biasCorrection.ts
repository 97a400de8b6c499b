import type { Attribute, Node } from '../../onnx/model';
import type { NewAttribute } from '../../onnx/edits';
import { layoutOf } from '../../quant/layout';
import { formatOf } from '../../quant/scheme';
import type { IntegerScheme } from '../../quant/scheme';
import { FreshNames } from '../export/freshNames';
import type { ExportChanges } from '../export/layoutExport';
import { GraphEdits } from './graphEdits';
import type { CandidateLayer } from './placeableLayers';
import { reduceNode } from './reduceNode';
import { addPair } from './quantizedGraph';
import type { QuantizableModel, QuantizedVariant } from './quantizedVariant';

/** A float model in which layers have a quantized double, and the outputs that tell how far the two are apart on average. */
export interface ShadowModel {
  readonly changes: ExportChanges;
  /** Output with the mean of (float − quantized) for each channel, by layer. */
  readonly shifts: ReadonlyMap<Node, string>;
}

/**
 * Adds to a float model, for every layer that has a place for a bias, a double with quantized weights that reads the float
 * input through its quantization, and the mean difference of the two for each channel. One run corrects all layers at once:
 * each is compared on what it would read in the float model, so no error of another layer comes in.
 */
export function shadowModel(model: QuantizableModel, { placement, parameters }: Pick<QuantizedVariant, 'placement' | 'parameters'>): ShadowModel {
  const { file, flow, biases, layers, style } = model;
  const edits = new GraphEdits(file.model, new FreshNames(file.model));
  const doubles = new Doubles(model, edits);
  const shifts = new Map<Node, string>();
  for (const { node, inputs } of placement.layers) {
    if (!biases.has(node)) continue;
    const layer = layers.get(node)!;
    const name = inputs[0]!;
    const input = addPair(edits, flow, name, parameters.get(name)!, style);
    shifts.set(node, doubles.add(layer, input));
  }
  edits.expose([...shifts.values()]);
  return { changes: { edits: edits.finish(), names: edits.names, opsets: new Map(style.domain === '' ? [] : [[style.domain, 1]]), contents: new Map() }, shifts };
}

class Doubles {
  readonly #weights = new Map<string, string>();

  constructor(
    private readonly model: QuantizableModel,
    private readonly edits: GraphEdits,
  ) {}

  /** Adds the double of a layer. Returns the name of its mean distance. */
  add({ node, weight }: CandidateLayer, input: string): string {
    const { edits } = this;
    const output = node.outputs[0]!;
    const [double, distance, shift] = ['double', 'distance', 'shift'].map((role) => edits.names.take(`${output}_${role}`)) as [string, string, string];
    const inputs = [input, this.#weight(weight!), ...node.inputs.slice(2)];
    const nodes = [
      { op: node.op, inputs, outputs: [double], attributes: attributesOf(node) },
      { op: 'Sub', inputs: [output, double], outputs: [distance] },
    ];
    if (node.op !== 'MatMul') {
      edits.addLast([...nodes, reduceNode(edits, 'ReduceMean', distance, shift, weight!.dims.flatMap((_, axis) => (axis === 1 ? [] : [axis])))]);
      return shift;
    }
    // How many axes come before the last is not known.
    const rows = edits.names.take(`${output}_rows`);
    const shape = edits.constant(`${output}_rows_shape`, 'int64', [2], BigInt64Array.of(-1n, BigInt(weight!.dims[weight!.channelAxis]!)));
    edits.addLast([...nodes, { op: 'Reshape', inputs: [distance, shape], outputs: [rows] }, reduceNode(edits, 'ReduceMean', rows, shift, [0])]);
    return shift;
  }

  /** The quantized weight as the layer would read it. */
  #weight(weight: NonNullable<CandidateLayer['weight']>): string {
    const known = this.#weights.get(weight.key);
    if (known !== undefined) return known;
    const { edits, model } = this;
    const { codes, scales } = model.weights.weights.get(weight.key)!;
    const decision = model.decisions.get(weight.key);
    const scheme = decision?.kind === 'convert' ? (decision.scheme as IntegerScheme) : null;
    const { scaleDims, quantizedAxis } = layoutOf(weight, scheme!.granularity);
    const value = edits.names.take(`${weight.tensor}_double`);
    const inputs = [edits.constant(`${value}_quantized`, formatOf(scheme!), weight.dims, codes), edits.constant(`${value}_scale`, 'float', scaleDims, scales)];
    edits.addAfter(undefined, [{ op: 'DequantizeLinear', domain: model.style.domain, inputs, outputs: [value], ...(quantizedAxis === null ? {} : { attributes: { axis: { int: quantizedAxis } } }) }]);
    this.#weights.set(weight.key, value);
    return value;
  }
}

/** The attributes of a layer, for its double. Those of Conv, Gemm and MatMul are numbers and words. */
function attributesOf({ attributes }: Node): Readonly<Record<string, NewAttribute>> {
  return Object.fromEntries([...attributes].flatMap(([name, attribute]) => {
    const copy = copyOf(attribute);
    return copy === null ? [] : [[name, copy]];
  }));
}

function copyOf(attribute: Attribute): NewAttribute | null {
  switch (attribute.kind) {
    case 'int':
      return { int: attribute.value };
    case 'ints':
      return { ints: attribute.value };
    case 'float':
      return { float: attribute.value };
    case 'string':
      return { string: attribute.value };
    default:
      return null;
  }
}
