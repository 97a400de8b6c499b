import { expect, test } from 'vitest';
import { bitsPerElement, dataTypeCode, dataTypeFromCode, packedByteLength } from '../../src/onnx/dtypes';

test('numbers and names of element types agree with onnx.proto', () => {
  // Spot values copied from the TensorProto.DataType enumeration of ONNX 1.20.
  expect(dataTypeFromCode(1)).toBe('float');
  expect(dataTypeFromCode(7)).toBe('int64');
  expect(dataTypeFromCode(16)).toBe('bfloat16');
  expect(dataTypeFromCode(21)).toBe('uint4');
  expect(dataTypeFromCode(22)).toBe('int4');
  expect(dataTypeFromCode(26)).toBe('int2');
  expect(dataTypeFromCode(99)).toBe('undefined');
  for (let code = 0; code <= 26; code++) expect(dataTypeCode(dataTypeFromCode(code))).toBe(code);
});

test('sub-byte types are packed and the last byte is padded', () => {
  expect(bitsPerElement('int4')).toBe(4);
  expect(packedByteLength('int4', 5)).toBe(3);
  expect(packedByteLength('int2', 5)).toBe(2);
  expect(packedByteLength('float', 3)).toBe(12);
});
