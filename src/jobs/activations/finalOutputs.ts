import type { Flow } from '../../graph/flow';
import type { ModelInfo } from '../../graph/layer';
import { isFloatingPoint } from '../../onnx/dtypes';

/** What flattens differences at the very end of a network: behind it an error looks smaller or larger than it is. */
const SQUASHERS: ReadonlySet<string> = new Set(['LogSoftmax', 'Sigmoid', 'Softmax']);

/** The values by which two versions of a model are compared: its floating point outputs, before a Softmax or Sigmoid that makes them. */
export function finalOutputs(flow: Flow, { outputs }: Pick<ModelInfo, 'outputs'>): readonly string[] {
  const names = outputs.filter(({ dataType }) => isFloatingPoint(dataType)).map(({ name }) => {
    const producer = flow.producer(name);
    return producer !== undefined && producer.domain === '' && SQUASHERS.has(producer.op) ? producer.inputs[0]! : name;
  });
  return [...new Set(names)];
}
