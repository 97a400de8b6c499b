import { describe, expect, it } from 'vitest';
import type { ActivationFormat } from '../../src/quant/activationFormat';
import type { Granularity, IntegerScheme, WeightBits } from '../../src/quant/scheme';
import { openvino } from '../../src/targets/openvino';
import { qnn } from '../../src/targets/qnn';
import type { Runtime } from '../../src/targets/target';
import { tensorrt } from '../../src/targets/tensorrt';
import measuredOpenvino from '../vectors/targets/openvino.json';
import measuredQnn from '../vectors/targets/qnn.json';
import measuredTensorrt from '../vectors/targets/tensorrt.json';

/*
 * The rules of runtimes that are not part of the project are held against what `test/tools/target_facts.py` measured on them.
 */

interface Case {
  readonly what: string;
  readonly op: string;
  readonly weights: string;
  readonly granularity: string;
  readonly symmetric?: boolean;
  readonly activations?: string;
  readonly zeroPoint?: number;
  readonly bias?: string;
  readonly output?: boolean;
  readonly runs: string;
}

const NEWEST_OPSET = 25;
const schemeOf = ({ weights, granularity, symmetric = true }: Case): IntegerScheme => ({
  kind: 'integer',
  bits: Number(/\d+/.exec(weights)![0]) as WeightBits,
  signed: weights.startsWith('i'),
  symmetric,
  granularity: granularity === 'block' ? { block: 32 } : (granularity as Granularity),
  range: 'minmax',
});

const RUNTIMES: readonly { readonly runtime: Runtime; readonly measured: { readonly version: string; readonly cases: readonly Case[] } }[] = [
  { runtime: openvino, measured: measuredOpenvino },
  { runtime: tensorrt, measured: measuredTensorrt },
  { runtime: qnn, measured: measuredQnn },
];

describe.each(RUNTIMES)('$runtime.name', ({ runtime, measured: { version, cases } }) => {
  const { activations } = runtime;

  it('has rules for the version that was measured', () => {
    expect(version).toContain(runtime.version.split(' ').at(-1)!);
    expect(cases.length).toBeGreaterThan(500);
  });

  it('takes weights beside float activations exactly where the runtime does', () => {
    for (const found of cases.filter(({ what }) => what === 'weights')) {
      const scheme = found.weights === 'float16' ? ({ kind: 'float16' } as const) : schemeOf(found);
      const loading = runtime.loading(scheme, { dataType: 'float', opset: NEWEST_OPSET, ops: [found.op], format: null });
      expect({ found, taken: 'form' in loading }).toEqual({ found, taken: found.runs === 'taken' });
    }
  });

  it('computes on codes wherever its rules say so', () => {
    let integer = 0;
    for (const found of cases.filter(({ what }) => what === 'activations')) {
      const format = found.activations as ActivationFormat;
      const offered =
        activations.formats.includes(format) &&
        activations.layers.has(found.op) &&
        activations.weightObstacle(schemeOf(found), format) === null &&
        (found.zeroPoint === 0 || !(activations.symmetric || activations.unshifted.has(found.op))) &&
        (found.bias !== 'codes' || activations.integerBiases) &&
        (found.output === true || !activations.placement.outputs.has(found.op));
      if (!offered) continue;
      integer += 1;
      expect(found).toMatchObject({ runs: 'integer' });
    }
    expect(integer).toBeGreaterThan(15);
  });

  it('leaves out no layer, and no width of activations, that it could compute on codes', () => {
    const computed = cases.filter(({ what, runs, weights, granularity }) => what === 'activations' && runs === 'integer' && weights === 'int8' && granularity === 'channel');
    expect([...activations.layers].sort()).toEqual([...new Set(computed.map(({ op }) => op))].sort());
    const widths = (formats: readonly string[]): readonly string[] => [...new Set(formats.map((format) => format.replace(/^u?int/, '')))].sort();
    expect(widths(activations.formats)).toEqual(widths(computed.map((found) => found.activations!)));
  });

  it('needs zero points of 0, float biases and quantized outputs only where the runtime does', () => {
    const runs = (wanted: Partial<Case>): readonly string[] => cases.filter((found) => found.what === 'activations' && found.weights === 'int8' && Object.entries(wanted).every(([key, value]) => found[key as keyof Case] === value)).map((found) => found.runs);
    const [format] = activations.formats;
    if (activations.symmetric) expect(runs({ activations: format!, zeroPoint: 7 })).not.toContain('integer');
    if (!activations.integerBiases) expect(runs({ bias: 'codes' })).not.toContain('integer');
    for (const op of activations.unshifted) expect(runs({ op, activations: 'uint8', zeroPoint: 7 })).not.toContain('integer');
    if (activations.together) expect(runs({ granularity: 'channel', output: false })).not.toContain('integer');
  });
});
