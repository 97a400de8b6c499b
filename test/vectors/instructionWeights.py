"""Writes test/vectors/instructionWeights.json: what onnx-tool counts for single operators (its "MACs").

    python test/vectors/instructionWeights.py        (needs onnx, numpy and onnx-tool 1.0.1)
"""
import json
import os
import warnings

import numpy as np
import onnx
import onnx_tool
from onnx import TensorProto, helper, numpy_helper

warnings.filterwarnings("ignore")

F = "float"


def f(*shape):
    return {"type": F, "shape": list(shape)}


def w(*shape):
    """A constant of ones."""
    return {"type": F, "shape": list(shape), "constant": True}


def k(*values):
    return {"type": "int64", "shape": [len(values)], "elements": list(values)}


X = f(2, 8, 6, 5)
UNARY = "Abs Acos Asin Atan Ceil Cos Erf Exp Floor Log Neg Reciprocal Relu Round Sign Sin Sqrt Tanh Sigmoid HardSigmoid HardSwish Elu LeakyRelu Softplus Softmax LogSoftmax Hardmax Clip Identity GlobalAveragePool LpNormalization"

CASES = [(op, 17, [X], {}, 1) for op in UNARY.split()] + [
    ("Gelu", 20, [X], {}, 1),
    ("Conv", 17, [f(2, 4, 9, 11), w(6, 2, 3, 3)], {"group": 2, "strides": [2, 1], "pads": [1, 0, 1, 2]}, 1),
    ("Conv", 17, [f(2, 4, 9, 11), w(6, 4, 3, 3), w(6)], {}, 1),
    ("ConvTranspose", 17, [f(1, 4, 5, 6), w(4, 3, 4, 4), w(3)], {"strides": [2, 2], "pads": [1, 1, 1, 1]}, 1),
    ("ConvTranspose", 17, [f(1, 4, 5, 6), w(4, 3, 3, 3)], {"group": 2, "strides": [2, 2]}, 1),
    ("Gemm", 17, [f(4, 3), w(5, 3), w(5)], {"transB": 1}, 1),
    ("Gemm", 17, [f(4, 3), w(3, 5)], {}, 1),
    ("MatMul", 17, [f(2, 3, 4), w(4, 7)], {}, 1),
    ("Einsum", 17, [f(2, 3, 4), f(2, 4, 5)], {"equation": "bij,bjk->bik"}, 1),
    ("BatchNormalization", 17, [X, w(8), w(8), w(8), w(8)], {}, 1),
    ("InstanceNormalization", 17, [X, w(8), w(8)], {}, 1),
    ("LayerNormalization", 17, [f(2, 7, 12), w(12), w(12)], {"axis": -1}, 1),
    ("LRN", 17, [X], {"size": 5}, 1),
    ("PRelu", 17, [X, w(8, 1, 1)], {}, 1),
    ("MaxPool", 17, [f(1, 3, 11, 11)], {"kernel_shape": [3, 3], "strides": [2, 2]}, 1),
    ("AveragePool", 17, [f(1, 3, 11, 11)], {"kernel_shape": [3, 2]}, 1),
    ("ReduceMean", 17, [X], {"axes": [2, 3]}, 1),
    ("ReduceSum", 17, [X, k(1)], {}, 1),
    ("ReduceMax", 17, [X], {"axes": [1]}, 1),
    ("ReduceMin", 17, [X], {"axes": [1]}, 1),
    ("ReduceProd", 17, [X], {"axes": [1]}, 1),
    ("ReduceL2", 17, [X], {"axes": [1]}, 1),
    ("ArgMax", 17, [X], {"axis": 1}, 1),
    ("Resize", 17, [f(1, 3, 4, 4), None, {"type": F, "shape": [4], "elements": [1, 1, 2, 2]}], {"mode": "nearest"}, 1),
    ("Resize", 17, [f(1, 3, 4, 4), None, {"type": F, "shape": [4], "elements": [1, 1, 2, 2]}], {"mode": "linear"}, 1),
    ("Resize", 17, [f(1, 3, 4, 4), None, {"type": F, "shape": [4], "elements": [1, 1, 2, 2]}], {"mode": "cubic"}, 1),
    ("LSTM", 17, [f(10, 2, 6), w(1, 32, 6), w(1, 32, 8), w(1, 64)], {"hidden_size": 8}, 3),
    ("LSTM", 17, [f(10, 2, 6), w(2, 32, 6), w(2, 32, 8), w(2, 64)], {"hidden_size": 8, "direction": "bidirectional"}, 3),
    ("GRU", 17, [f(10, 2, 6), w(1, 24, 6), w(1, 24, 8), w(1, 48)], {"hidden_size": 8}, 2),
    ("Transpose", 17, [X], {}, 1),
    ("Concat", 17, [X, X], {"axis": 1}, 1),
    ("Gather", 17, [w(50, 8), k(3, 4, 5)], {}, 1),
    ("QuantizeLinear", 17, [X, {"type": F, "shape": [], "elements": [0.5]}, {"type": "int8", "shape": [], "elements": [0]}], {}, 1),
    ("Pad", 17, [X, k(0, 0, 1, 1, 0, 0, 1, 1)], {}, 1),
    ("CumSum", 17, [X, {"type": "int64", "shape": [], "elements": [1]}], {}, 1),
] + [(op, 17, [f(2, 8, 6), f(8, 1)], {}, 1) for op in ("Add", "Sub", "Mul", "Div", "Pow", "Max", "Min", "PRelu", "Equal", "Greater", "Less")] + [
    ("Sum", 17, [X, X, X], {}, 1),
    ("Max", 17, [X, X, X], {}, 1),
    ("Where", 17, [{"type": "bool", "shape": [2, 8]}, f(2, 8), f(2, 8)], {}, 1),
]

CODE = {F: TensorProto.FLOAT, "int64": TensorProto.INT64, "bool": TensorProto.BOOL, "int8": TensorProto.INT8}
NUMPY = {F: np.float32, "int64": np.int64, "bool": np.bool_, "int8": np.int8}


def count(op, opset, inputs, attributes, outputs):
    names = ["" if one is None else f"x{index}" for index, one in enumerate(inputs)]
    fed, stored = [], []
    for name, one in zip(names, inputs):
        if one is None:
            continue
        dtype = NUMPY[one["type"]]
        if "elements" in one:
            stored.append(numpy_helper.from_array(np.array(one["elements"], dtype).reshape(one["shape"]), name))
        elif one.get("constant"):
            stored.append(numpy_helper.from_array(np.ones(one["shape"], dtype), name))
        else:
            fed.append((name, one))
    node = helper.make_node(op, names, [f"y{index}" for index in range(outputs)], name="node", **attributes)
    graph = helper.make_graph([node], "graph", [helper.make_tensor_value_info(name, CODE[one["type"]], one["shape"]) for name, one in fed], [helper.make_tensor_value_info("y0", TensorProto.FLOAT, None)], stored)
    model = onnx_tool.Model(helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)]), {"verbose": False})
    model.graph.shape_infer({name: np.ones(one["shape"], NUMPY[one["type"]]) for name, one in fed})
    model.graph.profile()
    total = model.graph.macs
    return int(total[0] if hasattr(total, "__len__") else total)


vectors = []
for op, opset, inputs, attributes, outputs in CASES:
    try:
        vectors.append({"op": op, "opset": opset, "inputs": inputs, "attributes": attributes, "outputs": outputs, "count": count(op, opset, inputs, dict(attributes), outputs)})
    except Exception as error:  # some operators it does not run at all
        print("left out:", op, repr(error)[:100])
with open(os.path.join(os.path.dirname(__file__), "instructionWeights.json"), "w") as file:
    file.write("[\n" + ",\n".join(json.dumps(vector) for vector in vectors) + "\n]\n")
print(len(vectors), "written")
