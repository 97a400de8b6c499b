import type { MessageConnection } from 'vscode-jsonrpc/browser';
import * as editorApi from '../src/extension/editorApi';
import type { Layer } from '../src/graph/layer';
import type { PageModel } from './pageModel';

/** Rows of the first request: more than any screen shows, few enough to arrive with the first paint. */
const FIRST_PAGE = 200;
/** Rows of the later requests; a page of this size is about a megabyte of message. */
const NEXT_PAGE = 2000;

/** Fetches the layers of the model into the page, first those that the first paint needs. */
export class LayerPages {
  private fetchedRevision = -1;
  private generation = 0;

  constructor(
    private readonly connection: MessageConnection,
    private readonly model: PageModel,
  ) {}

  /** Fetches again when `revision` is not the one that is here. A fetch that is under way for an older one is dropped. */
  async refresh(revision: number, layerCount: number): Promise<void> {
    if (revision === this.fetchedRevision && this.model.layers.length === layerCount) return;
    this.fetchedRevision = revision;
    this.generation += 1;
    try {
      await this.fetch(this.generation, layerCount);
    } catch (error) {
      // The next state of the host is reason enough to try again.
      this.fetchedRevision = -1;
      throw error;
    }
  }

  private async fetch(generation: number, layerCount: number): Promise<void> {
    let layers: readonly Layer[] = [];
    while (layers.length < layerCount) {
      const start = layers.length;
      const page = await this.connection.sendRequest(editorApi.rows, { start, count: Math.min(start === 0 ? FIRST_PAGE : NEXT_PAGE, layerCount - start) });
      if (generation !== this.generation) return;
      // An empty page would be asked for again for ever; the host has said all it has.
      if (page.length === 0) break;
      layers = [...layers, ...page];
      this.model.setLayers(layers);
    }
    if (layerCount === 0) this.model.setLayers([]);
  }
}
