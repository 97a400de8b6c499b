import type { Layer, LayerSite } from '../graph/layer';
import type { ReadBytes } from '../graph/constants';
import type { Model, Node, Tensor } from '../onnx/model';
import type { CodeFacts } from './codeFacts';
import { SmallConstants } from './constants';
import { DataFlow } from '../graph/dataFlow';
import { quantizedLayers } from './quantizedLayer';
import type { QuantizedLayer } from './quantizedLayer';
import { quantizerOf } from './quantizer';
import type { Quantizer } from './quantizer';

/** The float model that a quantized one was made from, as far as rules need it. */
export interface Original {
  readonly file: string;
  /** External data included. */
  readonly bytes: number;
}

/** What has been found out by reading the elements of weights. */
export interface ElementFacts {
  /** Missing for a tensor that no rule asks about, or that could not be read. */
  readonly codes: ReadonlyMap<Tensor, CodeFacts>;
  /** Weights that are stored more than once, the first of each group first. */
  readonly copies: readonly (readonly Tensor[])[];
  /** Matrices that are the transpose of an earlier one: the earlier, the later. */
  readonly transposed: readonly (readonly [Tensor, Tensor])[];
}

export interface SubjectParts {
  readonly model: Model;
  /** External data included. */
  readonly bytes: number;
  readonly layers: readonly Layer[];
  readonly sites: readonly LayerSite[];
  readonly readBytes: ReadBytes;
  readonly original: Original | null;
}

/** A model as rules see it. */
export class AuditSubject {
  readonly model: Model;
  readonly bytes: number;
  readonly layers: readonly Layer[];
  readonly sites: readonly LayerSite[];
  readonly original: Original | null;
  readonly flow: DataFlow;
  readonly constants: SmallConstants;
  readonly quantizers: readonly Quantizer[];
  readonly quantized: readonly QuantizedLayer[];
  /** Filled in once the weights have been read. */
  elements: ElementFacts = { codes: new Map(), copies: [], transposed: [] };
  /** By where the node starts in the file. */
  private readonly names = new Map<number, string>();
  private byDequantize: ReadonlyMap<Node, QuantizedLayer> | null = null;
  private readonly users = new Map<Tensor, string>();

  constructor({ model, bytes, layers, sites, readBytes, original }: SubjectParts) {
    this.model = model;
    this.bytes = bytes;
    this.layers = layers;
    this.sites = sites;
    this.original = original;
    this.flow = new DataFlow(model);
    this.constants = new SmallConstants(readBytes);
    sites.forEach(({ node, members, weights }, index) => {
      const { name, logical } = layers[index]!;
      if (!this.names.has(node.span.start)) this.names.set(node.span.start, name);
      members.forEach(({ span }, at) => {
        if (!this.names.has(span.start)) this.names.set(span.start, logical?.members[at]?.name ?? name);
      });
      for (const { tensor } of weights) if (!this.users.has(tensor)) this.users.set(tensor, name);
    });
    this.quantizers = this.flow.sites.flatMap((site) => quantizerOf(this.flow, site) ?? []);
    this.quantized = quantizedLayers(layers, sites, this.flow, this.constants);
  }

  /** What the layer table calls a node, or would call it if it were a row of its own. */
  nameOf(node: Node): string {
    return this.names.get(node.span.start) ?? (node.name === '' ? node.op : node.name);
  }

  /** The layer whose weight a DQ node gives. */
  layerBehind({ node }: Quantizer): QuantizedLayer | null {
    this.byDequantize ??= new Map(this.quantized.flatMap((layer) => (layer.dequantize === null ? [] : [[layer.dequantize.node, layer] as const])));
    return this.byDequantize.get(node) ?? null;
  }

  /** The first layer that has a tensor as its weight. */
  userOf(tensor: Tensor): string | null {
    return this.users.get(tensor) ?? null;
  }
}
