import type { MessageConnection } from 'vscode-jsonrpc/browser';
import * as editorApi from '../src/extension/editorApi';
import type { Layer } from '../src/graph/layer';
import type { PageModel } from './pageModel';

/** Rows of the first request: more than any screen shows, few enough to arrive with the first paint. */
const FIRST_PAGE = 200;
/** Rows of the later requests; a page of this size is about a megabyte of message. */
const NEXT_PAGE = 2000;

/** Fetches the layers of the model into the page: first those that the first paint needs, then all others, which are shown together. */
export class LayerPages {
  /** Of the layers that are here or under way. */
  private revision = -1;
  private fetched: Promise<void> = Promise.resolve();

  constructor(
    private readonly connection: MessageConnection,
    private readonly model: PageModel,
  ) {}

  /** Fetches again when `revision` is not the one that is here or under way. A fetch for an older one is dropped. */
  async refresh(revision: number, layerCount: number): Promise<void> {
    if (revision !== this.revision) {
      this.revision = revision;
      this.fetched = this.fetch(layerCount, () => revision === this.revision);
    }
    try {
      await this.fetched;
    } catch (error) {
      // The next state of the host is reason enough to try again.
      if (revision === this.revision) this.revision = -1;
      throw error;
    }
  }

  private async fetch(layerCount: number, isCurrent: () => boolean): Promise<void> {
    const layers: Layer[] = [];
    while (layers.length < layerCount) {
      const start = layers.length;
      const page = await this.connection.sendRequest(editorApi.rows, { start, count: Math.min(start === 0 ? FIRST_PAGE : NEXT_PAGE, layerCount - start) });
      if (!isCurrent()) return;
      // An empty page would be asked for again for ever; the host has said all it has.
      if (page.length === 0) break;
      layers.push(...page);
      if (start === 0) this.model.setLayers([...layers]);
    }
    if (this.model.layers.length !== layers.length || layerCount === 0) this.model.setLayers(layers);
  }
}
