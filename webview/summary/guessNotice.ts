import type { EditorState, Notice } from '../../src/extension/editorApi';
import { t } from '../strings';

/** Says that activations are going to be quantized by a guess, with the way out of it; none when there are samples. */
export function guessNotice({ activations, samples }: EditorState): readonly Notice[] {
  if (activations === null || samples !== null) return [];
  return [{ id: 'activations-guess', severity: 'warning', text: t('header.guess'), action: { label: t('header.chooseSamples'), key: 'chooseSamples' } }];
}
