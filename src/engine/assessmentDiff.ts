import type { AssessedActivations, Assessment, LayerAssessment } from '../jobs/records';
import { schemeKey } from '../quant/scheme';
import type { AssessmentUpdate } from './service';

/**
 * What the other end knows of one model's figures. An edit changes one layer of perhaps fifty thousand: only that one
 * travels when the other end has all the others from the assessment before.
 */
export class AssessmentDiff {
  private revision: number | null = null;
  private sent: LayerAssessment[] = [];

  /** The part of an assessment that differs from revision `since`, or all of it when that is not the one sent last. */
  answer(assessment: Assessment, since: number | null): Assessment {
    const layers = since !== null && since === this.revision ? assessment.layers.filter((layer) => !sameAssessment(this.sent[layer.layer], layer)) : assessment.layers;
    this.sent = [...assessment.layers];
    this.revision = assessment.revision;
    return { ...assessment, layers };
  }

  /** Remembers figures that were sent later on. */
  note({ layers }: AssessmentUpdate): void {
    for (const layer of layers) this.sent[layer.layer] = layer;
  }
}

export function sameAssessment(a: LayerAssessment | undefined, b: LayerAssessment): boolean {
  return (
    a !== undefined &&
    a.state === b.state &&
    a.reason === b.reason &&
    a.sqnrDb === b.sqnrDb &&
    a.maxError === b.maxError &&
    a.bytesBefore === b.bytesBefore &&
    a.bytesAfter === b.bytesAfter &&
    sameActivations(a.activations, b.activations) &&
    (a.scheme === b.scheme || schemeKey(a.scheme) === schemeKey(b.scheme))
  );
}

function sameActivations(a: AssessedActivations | undefined, b: AssessedActivations | undefined): boolean {
  return a === b || (a?.format === b?.format && a?.byPlan === b?.byPlan && a?.why === b?.why && a?.kernel === b?.kernel);
}
