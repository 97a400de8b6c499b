import { onnx } from 'onnx-proto';
import { dataTypeCode } from '../../../src/onnx/dtypes';
import type { Layer } from '../../../src/graph/layer';

/** One operator of a flat program. Values are names; sizes are bytes. */
export interface SimulatedStep {
  readonly op: string;
  readonly reads: readonly string[];
  readonly writes: readonly string[];
}

export interface SimulatedProgram {
  readonly steps: readonly SimulatedStep[];
  readonly fed: readonly string[];
  readonly outputs: readonly string[];
  readonly sizes: ReadonlyMap<string, number>;
}

const VIEWS = new Set(['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Identity', 'Dropout']);
const ELEMENTWISE = new Set(['Relu', 'Sigmoid', 'Tanh', 'Add', 'Mul', 'Sub', 'Div', 'Neg', 'Abs', 'BatchNormalization']);

interface Home {
  readonly bytes: number;
  readonly values: string[];
}

/**
 * Runs a program and asks at every step of every piece of memory whether a value in it is still needed, by looking
 * through all the steps that are left. Slow and plain; it shares nothing with what it checks.
 */
export function simulate({ steps, fed, outputs, sizes }: SimulatedProgram, overwrite: boolean): readonly number[] {
  const homes: Home[] = fed.map((name) => ({ bytes: sizes.get(name)!, values: [name] }));
  const homeOf = (name: string): Home | undefined => homes.find(({ values }) => values.includes(name));
  const neededAfter = (name: string, at: number): boolean => outputs.includes(name) || steps.slice(at + 1).some(({ reads }) => reads.includes(name));
  return steps.map(({ op, reads, writes }, at) => {
    for (const [index, name] of writes.entries()) {
      const source = homeOf(reads[0] ?? '');
      if (VIEWS.has(op) && index === 0) {
        source?.values.push(name);
        continue;
      }
      const mayGo = (home: Home): boolean => home.bytes === sizes.get(name) && home.values.every((value) => !fed.includes(value) && !neededAfter(value, at));
      const taken = overwrite && index === 0 && ELEMENTWISE.has(op) ? reads.map(homeOf).find((home) => home !== undefined && mayGo(home)) : undefined;
      if (taken === undefined) homes.push({ bytes: sizes.get(name)!, values: [name] });
      else taken.values.push(name);
    }
    const touched = new Set([...reads, ...writes, ...(at === 0 ? fed : [])]);
    return homes.filter(({ values }) => values.some((value) => touched.has(value) || neededAfter(value, at))).reduce((sum, { bytes }) => sum + bytes, 0);
  });
}

/** The flat program in a model's bytes; shapes are those of its rows, types follow from the operators. */
export function programOf(bytes: Uint8Array, layers: readonly Layer[]): SimulatedProgram {
  const { graph } = onnx.ModelProto.decode(bytes);
  const elementBytes = new Map<string, number>(graph!.initializer!.map(({ name, dataType }) => [name!, widthOf(dataType!)]));
  const stored = new Set(elementBytes.keys());
  const sizes = new Map<string, number>();
  for (const { name, type } of graph!.input!) {
    const width = widthOf(type!.tensorType!.elemType!);
    elementBytes.set(name!, width);
    sizes.set(name!, type!.tensorType!.shape!.dim!.reduce((product, { dimValue }) => product * Number(dimValue), width));
  }
  const steps = graph!.node!.map(({ opType, input, output }, at): SimulatedStep => {
    for (const [index, name] of output!.entries()) {
      const width = opType === 'Shape' ? 8 : elementBytes.get(input![0]!)!;
      elementBytes.set(name, width);
      sizes.set(name, (layers[at]!.outputShapes[index] as readonly number[]).reduce((product, dim) => product * dim, width));
    }
    return { op: opType!, reads: input!.filter((name) => !stored.has(name)), writes: output! };
  });
  return { steps, fed: graph!.input!.map(({ name }) => name!), outputs: graph!.output!.map(({ name }) => name!), sizes };
}

function widthOf(dataType: number): number {
  return dataType === dataTypeCode('int64') ? 8 : 4;
}
