import * as comparisonApi from '../src/extension/comparisonApi';
import * as editorApi from '../src/extension/editorApi';
import { ComparisonPage } from './comparison/comparisonPage';
import { element } from './dom';
import { connectHost } from './host';
import { Page } from './page';
import { setTranslations, t } from './strings';
import { placeholder } from './summary/placeholder';
import { progressRing } from './ui/progressRing';
import { registerToolkit } from './ui/toolkit';
import { ViewStateStore } from './viewState';

/** Asks the host for everything, then makes the page: its texts come with the answer. */
async function start(root: HTMLElement): Promise<void> {
  const { connection, state: stored } = connectHost();
  const view = new ViewStateStore(stored);
  window.addEventListener('pagehide', () => {
    view.flush();
  });
  connection.listen();
  try {
    // Which page it is stands in the frame that the host has made.
    if (document.body.dataset['page'] === 'comparison') {
      const comparison = await connection.sendRequest(comparisonApi.ready);
      setTranslations(comparison.strings);
      new ComparisonPage(root, comparison, view);
      return;
    }
    const state = await connection.sendRequest(editorApi.ready);
    performance.mark('nibble:state');
    setTranslations(state.strings);
    new Page(root, connection, view, state);
  } catch (error) {
    root.replaceChildren(element('main', { class: 'instead' }, placeholder({ icon: 'error', title: t('page.notConnected'), hint: error instanceof Error ? error.message : String(error) })));
  }
}

registerToolkit();
const root = element('div', { class: 'page' }, element('main', { class: 'instead' }, placeholder({ icon: progressRing(t('page.connecting')), title: t('page.connecting') })));
document.body.append(root);
void start(root);
