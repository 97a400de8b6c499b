import { attentionShapes } from './attention';
import { convolutionShapes } from './convolution';
import { elementwiseShapes } from './elementwise';
import { generatorShapes } from './generators';
import { indexingShapes } from './indexing';
import { layoutShapes } from './layout';
import { matrixShapes } from './matrix';
import { normalizationShapes } from './normalization';
import { quantizationShapes } from './quantization';
import { recurrentShapes } from './recurrent';
import { reductionShapes } from './reduction';
import type { ShapeRule } from './rule';
import { signalShapes } from './signal';
import { spatialShapes } from './spatial';

const RULES: ReadonlyMap<string, ShapeRule> = new Map(
  [
    attentionShapes, convolutionShapes, elementwiseShapes, generatorShapes, indexingShapes, layoutShapes, matrixShapes,
    normalizationShapes, quantizationShapes, recurrentShapes, reductionShapes, signalShapes, spatialShapes,
  ].flatMap((family) => Object.entries(family)),
);

/** Domains whose operators the tables cover; an operator of the same name elsewhere may mean anything. */
export const KNOWN_DOMAINS: ReadonlySet<string> = new Set(['', 'com.microsoft', 'ai.onnx.ml']);

/** The shape rule of an operator; undefined when Nibble has none. */
export function shapeRule(domain: string, op: string): ShapeRule | undefined {
  return KNOWN_DOMAINS.has(domain) ? RULES.get(op) : undefined;
}
