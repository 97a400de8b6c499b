import type { onnx } from 'onnx-proto';
import { dataTypeFromCode } from './dtypes';
import { toNumber } from './integers';
import type { DeclaredDim, ValueInfo, ValueType } from './model';

export function convertValueInfo(value: onnx.IValueInfoProto): ValueInfo {
  return { name: value.name ?? '', type: convertType(value.type) };
}

export function convertType(type: onnx.ITypeProto | null | undefined): ValueType {
  if (type?.tensorType) return convertTensorType('tensor', type.tensorType);
  if (type?.sparseTensorType) return convertTensorType('sparse', type.sparseTensorType);
  if (type?.sequenceType) return { kind: 'sequence', element: convertType(type.sequenceType.elemType) };
  if (type?.optionalType) return { kind: 'optional', element: convertType(type.optionalType.elemType) };
  if (type?.mapType) return { kind: 'map', keyType: dataTypeFromCode(type.mapType.keyType ?? 0), value: convertType(type.mapType.valueType) };
  return { kind: 'unknown' };
}

function convertTensorType(kind: 'tensor' | 'sparse', type: onnx.TypeProto.ITensor | onnx.TypeProto.ISparseTensor): ValueType {
  const shape = type.shape ? (type.shape.dim ?? []).map(convertDimension) : null;
  return { kind, elementType: dataTypeFromCode(type.elemType ?? 0), shape };
}

/** Exporters write -1, and 0-length names, for "not known". */
function convertDimension(dimension: onnx.TensorShapeProto.IDimension): DeclaredDim {
  if (dimension.dimParam) return dimension.dimParam;
  if (dimension.dimValue === null || dimension.dimValue === undefined) return null;
  const value = toNumber(dimension.dimValue);
  return value >= 0 && Number.isSafeInteger(value) ? value : null;
}
