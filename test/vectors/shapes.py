"""Writes test/vectors/shapes.json: output shapes and types of single operators, as onnx's reference evaluator gives them.

    python test/vectors/shapes.py        (needs onnx and numpy)

Inputs are given by type and shape, or by their elements where the shape of the output depends on them.
"""
import json
import os

import numpy as np
import onnx
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

F, I64, B, U8, I8, I32 = "float", "int64", "bool", "uint8", "int8", "int32"
NUMPY = {F: np.float32, I64: np.int64, B: np.bool_, U8: np.uint8, I8: np.int8, I32: np.int32}
CODE = {F: TensorProto.FLOAT, I64: TensorProto.INT64, B: TensorProto.BOOL, U8: TensorProto.UINT8, I8: TensorProto.INT8, I32: TensorProto.INT32}


def f(*shape):
    return {"type": F, "shape": list(shape)}


def t(kind, *shape):
    return {"type": kind, "shape": list(shape)}


def k(*values, kind=I64):
    return {"type": kind, "shape": [len(values)], "elements": list(values)}


def s(value, kind=I64):
    return {"type": kind, "shape": [], "elements": [value]}


CASES = [
    # op, operator set, inputs, attributes, number of outputs
    ("Conv", 17, [f(2, 4, 9, 11), f(6, 2, 3, 3)], {"group": 2, "strides": [2, 1], "pads": [1, 0, 1, 2]}, 1),
    ("Conv", 17, [f(1, 3, 20), f(5, 3, 4)], {"dilations": [3]}, 1),
    ("Conv", 17, [f(1, 3, 10, 10), f(5, 3, 3, 3)], {"auto_pad": "SAME_UPPER", "strides": [3, 3]}, 1),
    ("ConvTranspose", 17, [f(1, 4, 5, 6), f(4, 3, 3, 3)], {"strides": [2, 2], "output_padding": [1, 1], "pads": [1, 1, 1, 1]}, 1),
    ("MaxPool", 17, [f(1, 3, 11, 11)], {"kernel_shape": [3, 3], "strides": [2, 2], "ceil_mode": 1}, 1),
    ("AveragePool", 17, [f(1, 3, 11, 11)], {"kernel_shape": [3, 3], "strides": [3, 2], "pads": [1, 1, 1, 1]}, 1),
    ("GlobalAveragePool", 17, [f(2, 3, 5, 7)], {}, 1),
    ("Gemm", 17, [f(4, 3), f(5, 4), f(5)], {"transA": 1, "transB": 1}, 1),
    ("MatMul", 17, [f(2, 1, 3, 4), f(5, 4, 6)], {}, 1),
    ("MatMul", 17, [f(4), f(2, 4, 6)], {}, 1),
    ("MatMul", 17, [f(2, 3, 4), f(4)], {}, 1),
    ("MatMul", 17, [f(4), f(4)], {}, 1),
    ("MatMulInteger", 17, [t(U8, 3, 4), t(I8, 4, 2)], {}, 1),
    ("Einsum", 17, [f(2, 3, 4), f(2, 4, 5)], {"equation": "bij, bjk -> bik"}, 1),
    ("Einsum", 17, [f(2, 3, 3)], {"equation": "...ii->...i"}, 1),
    ("Einsum", 17, [f(3, 2), f(3, 4)], {"equation": "ba,bc"}, 1),
    ("Reshape", 17, [f(2, 3, 4), k(0, -1)], {}, 1),
    ("Reshape", 17, [f(2, 3, 4), k(-1, 2, 0)], {}, 1),
    ("Reshape", 17, [f(0, 3, 4), k(3, 4, 0)], {"allowzero": 1}, 1),
    ("Transpose", 17, [f(2, 3, 4)], {"perm": [2, 0, 1]}, 1),
    ("Transpose", 17, [f(2, 3, 4)], {}, 1),
    ("Flatten", 17, [f(2, 3, 4, 5)], {"axis": 2}, 1),
    ("Flatten", 17, [f(2, 3, 4, 5)], {"axis": -1}, 1),
    ("Flatten", 17, [f(2, 3)], {"axis": 0}, 1),
    ("Squeeze", 17, [f(1, 3, 1, 4), k(0, -2)], {}, 1),
    ("Squeeze", 17, [f(1, 3, 1, 4)], {}, 1),
    ("Squeeze", 11, [f(1, 3, 1, 4)], {"axes": [2]}, 1),
    ("Unsqueeze", 17, [f(3, 4), k(0, -1)], {}, 1),
    ("Unsqueeze", 11, [f(3, 4)], {"axes": [1, 3]}, 1),
    ("Concat", 17, [f(2, 3, 4), f(2, 5, 4), f(2, 1, 4)], {"axis": -2}, 1),
    ("Split", 17, [f(2, 10), k(3, 3, 4)], {"axis": 1}, 3),
    ("Split", 11, [f(9, 2)], {"axis": 0}, 3),
    ("Split", 18, [f(2, 10)], {"axis": 1, "num_outputs": 4}, 4),
    ("Slice", 17, [f(10, 8), k(1, -3), k(9, 2147483647), k(0, 1), k(3, 1)], {}, 1),
    ("Slice", 17, [f(10, 8), k(-1), k(-9223372036854775807), k(0), k(-2)], {}, 1),
    ("Slice", 17, [f(10, 8), k(20), k(30), k(0)], {}, 1),
    ("Slice", 9, [f(10, 8)], {"starts": [2, 0], "ends": [5, -1], "axes": [0, 1]}, 1),
    ("Gather", 17, [f(5, 6, 7), t(I64, 2, 3)], {"axis": 1}, 1),
    ("Gather", 17, [f(5, 6), s(1)], {"axis": -1}, 1),
    ("GatherElements", 17, [f(3, 4), t(I64, 3, 2)], {"axis": 1}, 1),
    ("GatherND", 17, [f(2, 3, 4), t(I64, 2, 1)], {"batch_dims": 1}, 1),
    ("GatherND", 17, [f(2, 3, 4), t(I64, 5, 2)], {}, 1),
    ("ScatterND", 17, [f(4, 5), t(I64, 2, 1), f(2, 5)], {}, 1),
    ("ScatterElements", 17, [f(4, 5), t(I64, 2, 5), f(2, 5)], {}, 1),
    ("TopK", 17, [f(3, 8), k(5)], {"axis": 1}, 2),
    ("OneHot", 17, [t(I64, 2, 3), s(7), k(0.0, 1.0, kind=F)], {"axis": 1}, 1),
    ("Where", 17, [t(B, 3, 1), f(1, 4), f(2, 1, 1)], {}, 1),
    ("Expand", 17, [f(3, 1), k(2, 1, 6)], {}, 1),
    ("Tile", 17, [f(2, 3), k(2, 4)], {}, 1),
    ("Pad", 17, [f(2, 3), k(1, 0, 2, 4)], {}, 1),
    ("Pad", 18, [f(2, 3, 4), k(1, 3), s(0.0, F), k(-1)], {}, 1),
    ("Resize", 17, [f(1, 2, 4, 6), None, k(1.0, 1.0, 2.0, 0.6, kind=F)], {"mode": "nearest"}, 1),
    ("Resize", 18, [f(1, 2, 4, 6), None, None, k(7, 9)], {"mode": "linear", "axes": [2, 3]}, 1),
    ("Resize", 18, [f(1, 2, 4, 6), None, None, k(8, 9)], {"mode": "nearest", "axes": [2, 3], "keep_aspect_ratio_policy": "not_larger"}, 1),
    ("Resize", 18, [f(1, 2, 4, 6), None, None, k(8, 9)], {"mode": "nearest", "axes": [2, 3], "keep_aspect_ratio_policy": "not_smaller"}, 1),
    ("DepthToSpace", 17, [f(1, 8, 2, 3)], {"blocksize": 2}, 1),
    ("SpaceToDepth", 17, [f(1, 2, 4, 6)], {"blocksize": 2}, 1),
    ("GridSample", 16, [f(1, 2, 4, 4), f(1, 6, 7, 2)], {}, 1),
    ("ReduceSum", 17, [f(2, 3, 4), k(1)], {"keepdims": 0}, 1),
    ("ReduceSum", 17, [f(2, 3, 4)], {"noop_with_empty_axes": 1}, 1),
    ("ReduceMean", 17, [f(2, 3, 4)], {"axes": [-1, 0], "keepdims": 1}, 1),
    ("ReduceMax", 18, [f(2, 3, 4), k(0, 2)], {"keepdims": 0}, 1),
    ("ReduceL2", 17, [f(2, 3)], {"keepdims": 0}, 1),
    ("ArgMax", 17, [f(2, 3, 4)], {"axis": 1, "keepdims": 0}, 1),
    ("ArgMin", 17, [f(2, 3, 4)], {"axis": -1}, 1),
    ("Softmax", 17, [f(2, 3)], {"axis": 1}, 1),
    ("LayerNormalization", 17, [f(2, 3, 4), f(4), f(4)], {"axis": -1}, 3),
    ("InstanceNormalization", 17, [f(2, 3, 4), f(3), f(3)], {}, 1),
    ("LpNormalization", 17, [f(2, 3)], {"axis": 1}, 1),
    ("LSTM", 17, [f(5, 2, 3), f(1, 16, 3), f(1, 16, 4)], {"hidden_size": 4}, 3),
    ("GRU", 17, [f(5, 2, 3), f(1, 12, 3), f(1, 12, 4)], {"hidden_size": 4}, 2),
    ("RNN", 17, [f(5, 2, 3), f(1, 4, 3), f(1, 4, 4)], {"hidden_size": 4}, 2),
    ("Shape", 17, [f(2, 3, 4, 5)], {"start": 1, "end": -1}, 1),
    ("Size", 17, [f(2, 3)], {}, 1),
    ("Range", 17, [s(10), s(1), s(-3)], {}, 1),
    ("Range", 17, [s(0.0, F), s(1.0, F), s(0.3, F)], {}, 1),
    ("ConstantOfShape", 17, [k(2, 0, 3)], {}, 1),
    ("EyeLike", 17, [f(3, 4)], {"dtype": 7}, 1),
    ("Cast", 17, [f(2, 3)], {"to": 7}, 1),
    ("Equal", 17, [f(2, 1), f(3)], {}, 1),
    ("Not", 17, [t(B, 2)], {}, 1),
    ("IsNaN", 17, [f(2, 2)], {}, 1),
    ("Mod", 17, [t(I64, 4), k(3)], {}, 1),
    ("Max", 17, [f(3, 1), f(1, 4), f(2, 1, 1)], {}, 1),
    ("Clip", 17, [f(2, 3), s(0.0, F), s(6.0, F)], {}, 1),
    ("PRelu", 17, [f(2, 3, 4), f(3, 1)], {}, 1),
    ("CumSum", 17, [f(2, 3), s(1)], {}, 1),
    ("Trilu", 17, [f(4, 5)], {}, 1),
    ("Dropout", 17, [f(2, 3)], {}, 2),
    ("QuantizeLinear", 19, [f(2, 3), s(0.1, F), s(0, I8)], {}, 1),
    ("DequantizeLinear", 19, [t(U8, 2, 3), s(0.1, F), s(0, U8)], {}, 1),
    ("DynamicQuantizeLinear", 17, [f(2, 3)], {}, 3),
    ("ConvInteger", 17, [t(U8, 1, 1, 5, 5), t(U8, 1, 1, 2, 2)], {}, 1),
    ("DFT", 17, [f(1, 10, 1)], {"axis": 1, "onesided": 1}, 1),
    ("DFT", 17, [f(1, 10, 2)], {"axis": 1, "inverse": 1}, 1),
    ("STFT", 17, [f(1, 128, 1), s(8), f(16)], {"onesided": 1}, 1),
    ("HannWindow", 17, [s(10)], {}, 1),
    ("RoiAlign", 16, [f(1, 2, 10, 10), f(3, 4), t(I64, 3)], {"output_height": 5, "output_width": 4}, 1),
    ("Det", 17, [f(2, 3, 3)], {}, 1),
    ("Col2Im", 18, [f(1, 5, 5), k(5, 5), k(1, 5)], {}, 1),
    ("CenterCropPad", 18, [f(20, 8, 3), k(10, 7)], {"axes": [0, 1]}, 1),
    ("AffineGrid", 20, [f(2, 2, 3), k(2, 1, 4, 6)], {}, 1),
    ("Gelu", 20, [f(2, 3)], {}, 1),
    ("GroupNormalization", 21, [f(2, 4, 3), f(4), f(4)], {"num_groups": 2}, 1),
    ("RMSNormalization", 23, [f(2, 3, 4), f(4)], {}, 1),
    ("Attention", 23, [f(2, 3, 4, 8), f(2, 3, 6, 8), f(2, 3, 6, 10)], {}, 1),
    ("Attention", 23, [f(2, 4, 24), f(2, 6, 24), f(2, 6, 30)], {"q_num_heads": 3, "kv_num_heads": 3}, 1),
]


def array(spec):
    if "elements" in spec:
        return np.array(spec["elements"], dtype=NUMPY[spec["type"]]).reshape(spec["shape"])
    return np.ones(spec["shape"], dtype=np.float32).astype(NUMPY[spec["type"]]) * (0 if spec["type"] == I64 else 1)


def run(op, opset, specs, attributes, outputs):
    names = ["" if spec is None else f"x{index}" for index, spec in enumerate(specs)]
    results = [f"y{index}" for index in range(outputs)]
    node = helper.make_node(op, names, results, **attributes)
    inputs = [helper.make_tensor_value_info(name, CODE[spec["type"]], spec["shape"]) for name, spec in zip(names, specs) if spec]
    graph = helper.make_graph([node], "g", inputs, [helper.make_empty_tensor_value_info(name) for name in results])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    feeds = {name: array(spec).astype(NUMPY[spec["type"]]) for name, spec in zip(names, specs) if spec}
    values = ReferenceEvaluator(model).run(None, feeds)
    shapes = [{"type": onnx.TensorProto.DataType.Name(helper.np_dtype_to_tensor_dtype(np.asarray(value).dtype)).lower(), "shape": list(np.shape(value))} for value in values]
    return {"op": op, "opset": opset, "attributes": attributes, "inputs": specs, "outputs": shapes}


def main():
    vectors = []
    for case in CASES:
        try:
            vectors.append(run(*case))
        except Exception as error:
            raise RuntimeError(f"{case[0]} {case[3]}") from error
    path = os.path.join(os.path.dirname(__file__), "shapes.json")
    with open(path, "w", encoding="utf-8") as file:
        file.write("[\n" + ",\n".join(json.dumps(vector) for vector in vectors) + "\n]\n")


main()
