import type { DataType } from '../onnx/dtypes';
import type { DeclaredDim, ValueInfo, ValueType } from '../onnx/model';
import type { Dim } from './dim';
import { isUnknown, symbol, UNKNOWN_DIM } from './dim';
import { sequenceValue } from './sequences/sequence';
import type { Dims, Value } from './value';
import { tensorValue, unknownValue } from './value';

/** Values that a person set for named dimensions. */
export type Dimensions = Readonly<Record<string, number>>;

/** The element type and shape that a file declares for a value. */
export interface Declared {
  readonly dataType: DataType;
  readonly shape: Dims | null;
}

/** Reads a declaration. Dimensions without a name or number are unknown. */
export function declaredType(info: ValueInfo | undefined, dimensions: Dimensions): Declared | null {
  const type = info?.type;
  if (type?.kind !== 'tensor' && type?.kind !== 'sparse') return null;
  return { dataType: type.elementType, shape: type.shape?.map((dim) => declaredDim(dim, dimensions) ?? UNKNOWN_DIM) ?? null };
}

/**
 * What is known of a model input. A dimension without name or number, or with a negative one (old exporters write −1 for
 * "any"), is named after the input and its axis (`image.0`), so that it can be set like the others; so is the length of a
 * sequence (`states.length`).
 */
export function inputValue(name: string, type: ValueType, dimensions: Dimensions): Value {
  const unknown = unknownValue({ reason: `the file does not say what the input "${name}" is`, blockedBy: name });
  switch (type.kind) {
    case 'tensor':
    case 'sparse': {
      const shape = type.shape?.map((dim, axis) => declaredDim(dim, dimensions) ?? namedDim(`${name}.${String(axis)}`, dimensions)) ?? null;
      return shape === null ? { ...unknown, dataType: type.elementType, blocker: { reason: `the file does not say what shape the input "${name}" has`, blockedBy: name } } : tensorValue(type.elementType, shape);
    }
    case 'sequence': {
      const common = inputValue(name, type.element, dimensions);
      return sequenceValue(common.dataType, { length: namedDim(`${name}.length`, dimensions), items: null, common });
    }
    case 'optional':
      return { ...inputValue(name, type.element, dimensions), presence: 'unknown' };
    default:
      return unknown;
  }
}

function declaredDim(dim: DeclaredDim, dimensions: Dimensions): Dim | null {
  if (typeof dim === 'number') return dim >= 0 ? dim : null;
  return isNamed(dim) ? namedDim(dim, dimensions) : null;
}

/** Exporters also write signs like `?` for a dimension without a name; two of them need not be the same. */
function isNamed(dim: DeclaredDim): dim is string {
  return typeof dim === 'string' && /[\p{L}\p{N}]/u.test(dim);
}

/** The value that a person set for a dimension, else its symbol. */
export function namedDim(name: string, dimensions: Dimensions): Dim {
  return Object.hasOwn(dimensions, name) ? dimensions[name]! : symbol(name);
}

/**
 * What was inferred, with the gaps filled from the declaration. `isOpen`: true for a symbol whose value only running the
 * model tells; a declared number is better.
 */
export function filled(shape: Dims | null, declared: Dims | null, isOpen: (symbol: string) => boolean): Dims | null {
  if (shape === null || declared === null) return shape ?? declared;
  if (declared.length !== shape.length || !shape.some((dim) => typeof dim !== 'number')) return shape;
  return shape.map((dim, axis) => {
    const wanted = declared[axis]!;
    if (isUnknown(dim)) return wanted;
    return typeof dim !== 'number' && typeof wanted === 'number' && dim.symbols.some(isOpen) ? wanted : dim;
  });
}

/** The symbols of input dimensions with the value set for each; null where none is. */
export function openDimensions(inputs: readonly ValueInfo[], dimensions: Dimensions): Readonly<Record<string, number | null>> {
  const names = inputs.flatMap(({ name, type }) => dimensionNames(name, type));
  return Object.fromEntries(names.map((name) => [name, Object.hasOwn(dimensions, name) ? dimensions[name]! : null]));
}

function dimensionNames(name: string, type: ValueType): readonly string[] {
  switch (type.kind) {
    case 'tensor':
    case 'sparse':
      return (type.shape ?? []).flatMap((dim, axis) => {
        if (typeof dim === 'number' && dim >= 0) return [];
        return [isNamed(dim) ? dim : `${name}.${String(axis)}`];
      });
    case 'sequence':
      return [`${name}.length`, ...dimensionNames(name, type.element)];
    case 'optional':
      return dimensionNames(name, type.element);
    default:
      return [];
  }
}
