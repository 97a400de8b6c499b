import { element } from './dom';
import { connectHost } from './host';
import { Page } from './page';
import { registerToolkit } from './ui/toolkit';
import { ViewStateStore } from './viewState';

registerToolkit();
const host = connectHost();
const view = new ViewStateStore(host.state);
const root = element('div', { class: 'page' });
document.body.append(root);
const page = new Page(root, host.connection, view);
host.connection.listen();
window.addEventListener('pagehide', () => {
  view.flush();
});
void page.start();
