import type { EditorState } from '../../src/extension/editorApi';
import { t } from '../strings';
import { button } from '../ui/button';
import { progressRing } from '../ui/progressRing';
import { placeholder } from './placeholder';

/** Why there are no layers to show. */
export type Absence = 'loading' | 'failure' | 'empty';

/** Null when there are layers. */
export function absenceOf(state: EditorState): Absence | null {
  if (state.failure !== null) return 'failure';
  if (state.model === null) return 'loading';
  return state.layerCount === 0 ? 'empty' : null;
}

/** What the page says in place of the layers, with what to do next. */
export function insteadOfLayers(absence: Absence, state: EditorState, retry: () => void): HTMLElement {
  switch (absence) {
    case 'loading': {
      const title = t('page.loading', state.fileName);
      return placeholder({ icon: progressRing(title), title });
    }
    case 'failure':
      return placeholder({ icon: 'error', title: t('page.failed', state.fileName), hint: `${state.failure ?? ''} ${t('page.failedHint')}`, actions: [button({ text: t('page.retry'), look: 'primary', onClick: retry })] });
    case 'empty':
      return placeholder({ icon: 'circle-slash', title: t('page.noLayers'), hint: t('page.noLayersHint') });
  }
}
