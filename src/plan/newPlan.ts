import { inlineJson } from './containerEdit';
import type { PlannedWeights } from './plan';

export interface NewPlan {
  /** The model's file name, without its folder. */
  readonly file: string;
  readonly target: string;
  readonly weights: PlannedWeights;
  readonly dimensions: Readonly<Record<string, number>>;
}

/** The text of a fresh plan, laid out for people to go on with by hand. */
export function newPlanText({ file, target, weights, dimensions }: NewPlan): string {
  const fields = [
    '"version": 1',
    `"model": ${inlineJson({ file })}`,
    `"target": ${JSON.stringify(target)}`,
    ...(Object.keys(dimensions).length > 0 ? [`"dimensions": ${inlineJson(dimensions)}`] : []),
    `"default": ${inlineJson({ weights })}`,
  ];
  // The example stands above the list, so that rules which are added and taken away again leave it alone.
  const example = '// Later rules win: { "match": "/layer4/**", "weights": { "bits": 4, "granularity": { "block": 32 } } }';
  return `{\n${fields.map((field) => `  ${field},\n`).join('')}  ${example}\n  "layers": []\n}\n`;
}

/** `resnet.onnx` → `resnet.nibble.json`, beside it. */
export function planPathOf(modelPath: string): string {
  return `${modelPath.replace(/\.onnx$/i, '')}.nibble.json`;
}
