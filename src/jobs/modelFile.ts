import { NibbleError } from '../errors';
import type { AnalyzeOptions } from '../graph/analysis';
import { analyzeMemory, analyzeModel, explainModel } from '../graph/analysis';
import { repeatedBlocks } from '../graph/blocks';
import type { ReadBytes } from '../graph/constants';
import type { Counting } from '../graph/counting';
import type { Explainer } from '../graph/explain';
import type { Explanation, Figure } from '../graph/explanation';
import type { Analysis, LayerSite, RepeatedBlock } from '../graph/layer';
import type { MemoryProfile } from '../graph/memory/memoryProfile';
import { checkExternalData } from '../onnx/checkExternalData';
import type { Model, Tensor, TensorStorage } from '../onnx/model';
import { readModel } from '../onnx/readModel';
import { externalError, externalProblem, loadBytes } from '../onnx/tensorData';
import type { ModelFiles } from '../onnx/tensorData';
import { tensorsOf } from '../onnx/walk';
import type { ByteSource } from '../onnx/source';
import { openFileSource } from './files/fileSource';
import type { FileSource } from './files/fileSource';
import { modelFolder } from './files/siblingFiles';
import type { ModelFolder } from './files/siblingFiles';
import type { LocateWeights } from './ports';
import { collectWeights } from './storedWeights';
import type { StoredWeight } from './storedWeights';

/** A file beside the model that holds tensors. */
export interface ModelDataFile {
  /** Its name in the model. */
  readonly location: string;
  readonly path: string;
  readonly size: number;
}

/** How a file is analyzed beside the values of its dimensions. */
export type FileOptions = Pick<AnalyzeOptions, 'batchOfOne' | 'counting'>;

/** A model file and the data files that it names, as far as they are there; the model alone when it cannot be read. */
export function modelFiles(path: string): readonly string[] {
  try {
    const file = ModelFile.open(path);
    file.close();
    return file.paths();
  } catch (error) {
    if (NibbleError.is(error)) return [path];
    throw error;
  }
}

/** A model file that is open: its structure, its analysis, and the way to its bytes. */
export class ModelFile {
  readonly model: Model;
  readonly analysis: Analysis;
  /** Parallel to `analysis.layers`. */
  readonly sites: readonly LayerSite[];
  readonly #options: AnalyzeOptions;
  #weights: ReadonlyMap<string, StoredWeight> | null = null;
  #dataFiles: readonly ModelDataFile[] | null = null;
  #blocks: readonly RepeatedBlock[] | null = null;
  #memory: MemoryProfile | null = null;
  #explainer: Explainer | null = null;

  /**
   * Reads the structure of a model. Throws `not-found`, `unreadable`, `not-onnx`, `truncated`, `malformed`, `limit` or
   * `unsafe-path`.
   * @param dimensions values for symbolic input dimensions.
   * @param folder where the files are that it names; its own folder, but for a file that is not where it will be.
   */
  static open(path: string, dimensions: Readonly<Record<string, number>> = {}, options: FileOptions = {}, folder: ModelFolder = modelFolder(path)): ModelFile {
    const source = openFileSource(path);
    try {
      return new ModelFile(path, source, folder, dimensions, options);
    } catch (error) {
      source.close();
      throw error;
    }
  }

  private constructor(
    readonly path: string,
    readonly source: FileSource,
    readonly folder: ModelFolder,
    dimensions: Readonly<Record<string, number>>,
    options: FileOptions,
  ) {
    this.model = readModel(source);
    this.#options = { ...options, dimensions, readBytes: this.readBytes };
    const { analysis, sites } = analyzeModel(this.model, this.#options);
    const missing = checkExternalData(this.model, this.folder).map(({ message }) => message);
    this.analysis = { ...analysis, model: { ...analysis.model, notes: [...missing, ...analysis.model.notes], ...(missing.length === 0 ? {} : { missingData: missing }) } };
    this.sites = sites;
  }

  /** The stored tensors of all weights, by `LayerWeight.key`. */
  get weights(): ReadonlyMap<string, StoredWeight> {
    return (this.#weights ??= collectWeights(this.analysis.layers, this.sites));
  }

  /** How activations fill the memory; worked out when it is first asked for. */
  get memory(): MemoryProfile {
    return (this.#memory ??= analyzeMemory(this.model, this.#options));
  }

  /** FLOPs of the whole model, counted in another way. */
  flopsBy(counting: Counting): number {
    return analyzeModel(this.model, { ...this.#options, counting }).analysis.totals.flops;
  }

  /** Where a layer's figure comes from; null: the model's. Throws `invalid-argument` for a layer that there is not. */
  explain(layer: number | null, figure: Figure): Explanation {
    if (layer !== null && this.analysis.layers[layer] === undefined) throw new NibbleError('invalid-argument', `${this.path} has no layer ${layer}.`, { file: this.path });
    this.#explainer ??= explainModel(this.model, this.analysis, this.#options);
    return this.#explainer.explain(layer, figure);
  }

  /** Throws `changed` when the file on disk is no longer the one that was read. */
  checkUnchanged(): void {
    this.source.checkUnchanged();
  }

  /** A constant's bytes, as `raw_data` has them; null when they cannot be read. What hangs on them stays unknown, which the analysis says. */
  readonly readBytes: ReadBytes = (tensor) => {
    try {
      return loadBytes(tensor, this.files);
    } catch (error) {
      if (NibbleError.is(error)) return null;
      throw error;
    }
  };

  /** Where a worker finds a tensor's elements. Throws `external-data`, `unsafe-path`, `malformed` or `unsupported`. */
  readonly locate: LocateWeights = (tensor) => {
    const { storage } = tensor;
    switch (storage.kind) {
      case 'inline':
        return { kind: 'bytes', bytes: storage.bytes };
      case 'file':
        return { kind: 'file', path: this.path, offset: storage.offset, length: storage.length };
      case 'external':
        return { kind: 'file', path: this.#dataFile(tensor, storage), offset: storage.offset, length: storage.length };
      case 'typed':
      case 'strings':
        return { kind: 'bytes', bytes: loadBytes(tensor, this.files) };
    }
  };

  /** Parts of the model that are repeated. Worked out when they are first asked for. */
  get blocks(): readonly RepeatedBlock[] {
    return (this.#blocks ??= repeatedBlocks(this.analysis.layers, this.sites, this.analysis.model));
  }

  /** The file and what it names beside itself, for reading tensors. */
  get files(): ModelFiles {
    return { source: this.source, siblings: this.folder };
  }

  /** Where the model and its data files are. Throws what `dataFiles` throws. */
  paths(): readonly string[] {
    return [this.path, ...this.dataFiles().map(({ path }) => path)];
  }

  /** The data files that the model names, each once. Throws `external-data` or `unsafe-path`. */
  dataFiles(): readonly ModelDataFile[] {
    return (this.#dataFiles ??= this.#findDataFiles());
  }

  /** Hands `use` the sources of this file (null) and of its data files (by location), and closes the latter in the end. */
  async withSources<T>(use: (sourceOf: (location: string | null) => ByteSource) => Promise<T>): Promise<T> {
    const open = new Map<string, ByteSource>();
    const sourceOf = (location: string | null): ByteSource => {
      if (location === null) return this.source;
      const source = open.get(location) ?? this.folder.open(location);
      open.set(location, source);
      return source;
    };
    try {
      return await use(sourceOf);
    } finally {
      for (const source of open.values()) source.close();
    }
  }

  close(): void {
    this.source.close();
  }

  /** The path of an external data file, once it is sure that it holds the tensor. */
  #dataFile(tensor: Tensor, storage: Extract<TensorStorage, { kind: 'external' }>): string {
    let path = '';
    const problem = externalProblem(storage, this.folder, (data) => { path = data.name; });
    if (problem !== null) throw externalError(this.path, tensor.name, storage.location, problem);
    return path;
  }

  #findDataFiles(): readonly ModelDataFile[] {
    const found = new Map<string, ModelDataFile>();
    for (const tensor of tensorsOf(this.model)) {
      if (tensor.storage.kind !== 'external' || found.has(tensor.storage.location)) continue;
      const { location } = tensor.storage;
      const problem = externalProblem(tensor.storage, this.folder, ({ name, size }) => found.set(location, { location, path: name, size }));
      if (problem !== null) throw externalError(this.path, tensor.name, location, problem);
    }
    return [...found.values()];
  }
}
