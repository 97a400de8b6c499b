import { appendInitializer, appendNodes, insertNodesBefore, removeDeclarations, removeTensor, replaceTensorData, setIrVersion, setOpsets } from '../../onnx/edits';
import type { NewTensorData } from '../../onnx/edits';
import { ExternalLayout, MAX_MODEL_FILE_BYTES, MIN_EXTERNAL_BYTES } from '../../onnx/externalLayout';
import type { ExternalPlace } from '../../onnx/externalLayout';
import type { Graph, Model, ModelFunction, Tensor } from '../../onnx/model';
import { bytesPiece, copyOf, hole, planFile } from '../../onnx/pieces';
import type { FilePlan, Piece } from '../../onnx/pieces';
import type { ByteSource } from '../../onnx/source';
import { planSplice } from '../../onnx/splice';
import type { MessageEdit } from '../../onnx/splice';
import { tensorsOf } from '../../onnx/walk';
import type { Conversion } from './conversion';
import { replaceWeight } from './dequantize';
import { functionConstantField, graphInputField } from './encode';
import { FreshNames } from './freshNames';
import { valueNameOf } from './places';
import type { TensorPlace } from './places';
import { adaptNode } from './raiseOpset';
import type { Replacement, StoredPart } from './replacement';
import { explicitTransposes } from './transposes';

/** Which of the written files a part is in. */
export type WrittenFile = 'model' | 'data';

/** A conversion with the names of its new tensors and the places that wait for their bytes. */
export interface LaidOutConversion extends Conversion {
  readonly replacement: Replacement;
  readonly file: WrittenFile;
  /** Null when its bytes are in the layout already. */
  readonly offsets: { readonly codes: number; readonly scales: number | null; readonly zeroPoints: number | null } | null;
}

/** What is done to the graph besides storing weights in another way. */
export interface ExportChanges {
  /** Of the model that is laid out. Their new names come from `names`. */
  readonly edits: readonly MessageEdit[];
  readonly names: FreshNames;
  /** Operator sets that the edits use, by domain. */
  readonly opsets: ReadonlyMap<string, number>;
  /** Weights whose codes are known already, by key. */
  readonly contents: ReadonlyMap<string, WeightContent>;
}

/** The bytes of a quantized weight, as they are stored. */
export interface WeightContent {
  readonly codes: Uint8Array;
  readonly scales: Uint8Array;
  readonly zeroPoints: Uint8Array;
}

/** The files to be written: everything but the bytes of the holes is known. */
export interface ExportLayout {
  readonly model: FilePlan;
  /** Data files beside the model, by the names that the model has for them. Holes are in the first. */
  readonly data: readonly DataFile[];
  readonly conversions: readonly LaidOutConversion[];
}

export interface DataFile {
  readonly name: string;
  readonly plan: FilePlan;
}

/** A conversion whose places are known by name only, until the whole file is laid out. */
interface HoledConversion extends Omit<LaidOutConversion, 'offsets'> {
  readonly holes: { readonly codes: string; readonly scales: string | null; readonly zeroPoints: string | null } | null;
}

/** First IR version that has 4-bit integers; operator set 21 came with it. */
const FOUR_BIT_IR_VERSION = 10;
/** First IR version that has 2-bit integers; operator set 25 came with it. */
const TWO_BIT_IR_VERSION = 13;

/** Since this IR version initializers need not be listed among the graph's inputs. */
export const FREE_INITIALIZERS_IR_VERSION = 4;

/**
 * Lays out a model file in which weights are stored in another way. Nothing else changes. Data that was in other files, and all large tensors of a result that would be too large for one
 * file, go to one data file called `dataName`.
 */
export function layoutExport(model: Model, source: ByteSource, conversions: readonly Conversion[], dataName: string, changes: ExportChanges | null = null): ExportLayout {
  const layout = new ExportLayouter(model, source, conversions, dataName, false, changes).layout();
  return layout.model.size <= MAX_MODEL_FILE_BYTES ? layout : new ExportLayouter(model, source, conversions, dataName, true, changes).layout();
}

/** Lays out an exact copy of a model, and of the data files that it names. */
export function layoutCopy(source: ByteSource, dataFiles: readonly { readonly name: string; readonly size: number }[]): ExportLayout {
  const data = dataFiles.map(({ name, size }) => ({ name, plan: planFile([copyOf({ start: 0, end: size }, name)]) }));
  return { model: planSplice(source, []), data, conversions: [] };
}

class ExportLayouter {
  readonly #edits: MessageEdit[] = [];
  readonly #names: FreshNames;
  readonly #external: ExternalLayout;
  /** Ranges of data files that have been laid out, so that tensors that share one still do. */
  readonly #moved = new Map<string, ExternalPlace>();
  readonly #taken = new Map<Graph, Set<string>>();

  constructor(
    private readonly model: Model,
    private readonly source: ByteSource,
    private readonly conversions: readonly Conversion[],
    dataName: string,
    private readonly allExternal: boolean,
    private readonly changes: ExportChanges | null,
  ) {
    this.#names = changes?.names ?? new FreshNames(model);
    this.#external = new ExternalLayout(dataName);
  }

  layout(): ExportLayout {
    const converted = this.conversions.map((conversion, index) => this.#convert(conversion, index));
    this.#edits.push(...(this.changes?.edits ?? []));
    this.#edits.push(...explicitTransposes(this.model, this.conversions));
    this.#declareInputs();
    const raise = this.#highestRaise();
    this.#adaptNodes(raise);
    this.#importOpsets(raise);
    this.#raiseIrVersion(raise);
    this.#moveOtherTensors();
    const model = planSplice(this.source, this.#edits);
    const data = this.#external.plan();
    return {
      model,
      data: data.size === 0 ? [] : [{ name: this.#external.location, plan: data }],
      conversions: converted.map(({ holes, ...conversion }) => {
        if (holes === null) return { ...conversion, offsets: null };
        const offsetOf = (id: string): number => (conversion.file === 'model' ? model : data).holes.get(id)!.offset;
        const offsets = { codes: offsetOf(holes.codes), scales: holes.scales === null ? null : offsetOf(holes.scales), zeroPoints: holes.zeroPoints === null ? null : offsetOf(holes.zeroPoints) };
        return { ...conversion, offsets };
      }),
    };
  }

  #convert(conversion: Conversion, index: number): HoledConversion {
    const { stored, place } = conversion;
    const replacement = replaceWeight(valueNameOf(stored, place), stored.weight, conversion, this.#names);
    // All parts of a weight go to one file, because one worker writes them.
    const wantsExternal = this.allExternal || stored.tensor.storage.kind === 'external';
    const file: WrittenFile = wantsExternal && place.owner.kind === 'graph' && replacement.codes.bytes >= MIN_EXTERNAL_BYTES ? 'data' : 'model';
    const content = this.changes?.contents.get(stored.key);
    const addPart = (part: StoredPart, role: keyof WeightContent): string => {
      const id = `${index}.${role}`;
      this.#addTensor(place, part, this.#data(file, [content === undefined ? hole(id, part.bytes) : bytesPiece(content[role])]));
      return id;
    };
    const holes = {
      codes: addPart(replacement.codes, 'codes'),
      scales: replacement.scales && addPart(replacement.scales, 'scales'),
      zeroPoints: replacement.zeroPoints && addPart(replacement.zeroPoints, 'zeroPoints'),
    };
    for (const constant of replacement.constants) this.#addTensor(place, constant, { kind: 'raw', pieces: [bytesPiece(constant.content)] });
    this.#replaceProducer(conversion, replacement);
    return { ...conversion, replacement, file, holes: content === undefined ? holes : null };
  }

  #data(file: WrittenFile, pieces: readonly Piece[]): NewTensorData {
    return file === 'data' ? { kind: 'external', place: this.#external.add(pieces) } : { kind: 'raw', pieces };
  }

  #addTensor({ owner, constant }: TensorPlace, part: StoredPart, data: NewTensorData): void {
    if (owner.kind === 'graph') this.#edits.push(appendInitializer(owner.graph, { ...part, data }));
    else this.#edits.push({ span: constant!.span, before: functionConstantField(part, data.kind === 'raw' ? data.pieces : []) });
    if (owner.graph === this.model.graph && this.model.irVersion < FREE_INITIALIZERS_IR_VERSION) {
      this.#edits.push({ span: owner.graph.span, append: graphInputField(part) });
    }
  }

  /** Takes the old tensor out and lets the new nodes produce its value, before anything can read it. */
  #replaceProducer({ stored, place }: Conversion, { nodes }: Replacement): void {
    const { owner, constant } = place;
    if (constant !== null) {
      const parent = owner.graph ?? owner.function;
      this.#edits.push(insertNodesBefore(parent, constant, nodes), { span: constant.span, remove: true });
      return;
    }
    const graph = owner.graph!;
    const [first] = graph.nodes;
    this.#edits.push(removeTensor(stored.tensor), first ? insertNodesBefore(graph, first, nodes) : appendNodes(graph, nodes));
    if (graph.inputs.some(({ name }) => name === stored.tensor.name)) {
      const taken = this.#taken.get(graph) ?? new Set();
      this.#taken.set(graph, taken.add(stored.tensor.name));
    }
  }

  /** A value that a node produces cannot be an input as well. */
  #declareInputs(): void {
    for (const [graph, names] of this.#taken) this.#edits.push(removeDeclarations(graph, names));
  }

  #highestRaise(): Conversion['raise'] {
    return this.conversions.reduce<Conversion['raise']>((highest, { raise }) => (raise !== null && raise.to > (highest?.to ?? 0) ? raise : highest), null);
  }

  /** Writes nodes in the way of the newer operator set. */
  #adaptNodes(raise: Conversion['raise']): void {
    for (const adapted of raise?.nodes ?? []) {
      const { adaptation, node, owner } = adapted;
      if (adaptation.kind !== 'input') {
        this.#edits.push(adaptNode(adapted, ''));
        continue;
      }
      const bytes = new Uint8Array(BigInt64Array.from(adaptation.values, BigInt).buffer);
      const part: StoredPart = { name: this.#names.take(`${node.outputs[0]!}_${adaptation.attribute}`), dataType: 'int64', dims: [adaptation.values.length], bytes: bytes.length };
      this.#addTensor({ owner, constant: node }, part, { kind: 'raw', pieces: [bytesPiece(bytes)] });
      this.#edits.push(adaptNode(adapted, part.name));
    }
  }

  #importOpsets(raise: Conversion['raise']): void {
    const versions = new Map<Model | ModelFunction, Map<string, number>>();
    const need = (target: Model | ModelFunction, domain: string, version: number): void => {
      if ((target.opsets.get(domain) ?? 0) < version) versions.set(target, (versions.get(target) ?? new Map<string, number>()).set(domain, version));
    };
    for (const { way, place } of this.conversions.filter((conversion) => conversion.way.domain !== '')) {
      need(this.model, way.domain, 1);
      need(place.owner.function ?? this.model, way.domain, 1);
    }
    for (const [domain, version] of this.changes?.opsets ?? []) need(this.model, domain, version);
    if (raise !== null) for (const target of [this.model, ...this.model.functions]) need(target, '', raise.to);
    for (const [target, missing] of versions) this.#edits.push(setOpsets(target, missing));
  }

  /** Older IR versions keep their own rules about inputs, so they are not raised; runtimes read them all the same. */
  #raiseIrVersion(raise: Conversion['raise']): void {
    const { irVersion } = this.model;
    const narrowest = Math.min(...this.conversions.map(({ scheme }) => (scheme.kind === 'integer' ? scheme.bits : 16)));
    const needed = narrowest === 2 ? TWO_BIT_IR_VERSION : narrowest === 4 || raise !== null ? FOUR_BIT_IR_VERSION : 0;
    if (irVersion >= FREE_INITIALIZERS_IR_VERSION && irVersion < needed) this.#edits.push(setIrVersion(this.model, needed));
  }

  #moveOtherTensors(): void {
    const converted = new Set(this.conversions.map(({ stored }) => stored.tensor));
    for (const tensor of tensorsOf(this.model)) {
      const pieces = converted.has(tensor) ? null : this.#contentToMove(tensor);
      if (pieces === null) continue;
      const [piece] = pieces;
      const key = piece.kind === 'copy' && piece.from !== null ? `${piece.start}:${piece.end}:${piece.from}` : null;
      const known = key === null ? undefined : this.#moved.get(key);
      const place = known ?? this.#external.add(pieces);
      if (key !== null) this.#moved.set(key, place);
      this.#edits.push(replaceTensorData(tensor, { kind: 'external', place }));
    }
  }

  /** What of an unchanged tensor goes to the data file; null when it stays where it is. */
  #contentToMove({ storage }: Tensor): readonly [Piece] | null {
    if (storage.kind === 'external') return [copyOf({ start: storage.offset, end: storage.offset + storage.length }, storage.location)];
    if (storage.kind === 'file' && this.allExternal && storage.length >= MIN_EXTERNAL_BYTES) return [copyOf({ start: storage.offset, end: storage.offset + storage.length })];
    return null;
  }
}
