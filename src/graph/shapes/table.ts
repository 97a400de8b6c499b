import { BLOCKED_DOMAIN } from '../logical/operators';
import { attentionShapes } from './attention';
import { classicalShapes } from './classical';
import { contribShapes } from './contrib';
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
import { streamingShapes } from './streaming';
import { streamShapes } from './streams';
import { trainingShapes } from './training';

const RULES: ReadonlyMap<string, ShapeRule> = new Map(
  [
    attentionShapes, classicalShapes, contribShapes, convolutionShapes, elementwiseShapes, generatorShapes, indexingShapes, layoutShapes,
    matrixShapes, normalizationShapes, quantizationShapes, recurrentShapes, reductionShapes, signalShapes, spatialShapes, streamingShapes, streamShapes, trainingShapes,
  ].flatMap((family) => Object.entries(family)),
);

/** Domains whose operators the tables cover; an operator of the same name elsewhere may mean anything. */
export const KNOWN_DOMAINS: ReadonlySet<string> = new Set(['', 'com.microsoft', BLOCKED_DOMAIN, 'ai.onnx.ml', 'ai.onnx.preview', 'ai.onnx.preview.training']);

/** The shape rule of an operator; undefined when Nibble has none. */
export function shapeRule(domain: string, op: string): ShapeRule | undefined {
  return KNOWN_DOMAINS.has(domain) ? RULES.get(op) : undefined;
}
