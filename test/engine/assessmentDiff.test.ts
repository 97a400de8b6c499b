import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AssessmentDiff } from '../../src/engine/assessmentDiff';
import type { Assessment, AssessmentTotals, LayerAssessment } from '../../src/jobs/records';

const TOTALS: AssessmentTotals = { bytesBefore: 0, bytesAfter: 0, sqnrDb: null, averageBits: 0, pending: 0 };
const LAYERS = 6;

function layer(index: number, figure: number): LayerAssessment {
  return { layer: index, scheme: { kind: 'float16' }, state: 'computed', reason: '', sqnrDb: figure, maxError: figure, bytesBefore: 4, bytesAfter: 2, activations: { format: null, byPlan: false, why: String(figure), kernel: 'Conv' } };
}

const figures = fc.array(fc.nat(2), { minLength: LAYERS, maxLength: LAYERS });
/** An answer, taken over or lost by the other end, or an event with some layers. */
const step = fc.oneof(
  fc.record({ kind: fc.constant('answer' as const), figures, lost: fc.boolean() }),
  fc.record({ kind: fc.constant('event' as const), layers: fc.uniqueArray(fc.nat(LAYERS - 1)), figure: fc.nat(2) }),
);

describe('AssessmentDiff', () => {
  it('leaves the other end with every figure, whatever it missed', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const diff = new AssessmentDiff();
        const here: number[] = [];
        const there: number[] = [];
        let taken: number | null = null;
        let revision = 0;
        for (const next of steps) {
          if (next.kind === 'event') {
            // Events go out only for the newest answer, and count only for those who took it over.
            const layers = next.layers.map((index) => layer(index, next.figure));
            diff.note({ revision, layers, totals: TOTALS });
            for (const { layer: index } of layers) here[index] = next.figure;
            if (taken === revision) for (const { layer: index } of layers) there[index] = next.figure;
            continue;
          }
          const assessment: Assessment = { revision: ++revision, layers: next.figures.map((figure, index) => layer(index, figure)), totals: TOTALS };
          const answer = diff.answer(assessment, taken);
          here.splice(0, LAYERS, ...next.figures);
          if (next.lost) continue;
          for (const { layer: index, sqnrDb } of answer.layers) there[index] = sqnrDb!;
          taken = revision;
          expect(there).toEqual(here);
        }
      }),
    );
  });

  it('sends one layer for an edit of one layer', () => {
    const diff = new AssessmentDiff();
    const of = (revision: number, ...values: readonly number[]): Assessment => ({ revision, layers: values.map((value, index) => layer(index, value)), totals: TOTALS });
    expect(diff.answer(of(1, 5, 5, 5), null).layers).toHaveLength(3);
    expect(diff.answer(of(2, 5, 7, 5), 1).layers.map(({ layer: index }) => index)).toEqual([1]);
    expect(diff.answer(of(3, 5, 7, 5), 1).layers).toHaveLength(3);
  });
});
