"""Writes test/vectors/quantized: small models as other tools quantize and optimize them, and what their float originals hold.

    python test/tools/quantized_models.py        (needs onnx, onnxruntime, onnx_ir, nncf and numpy)

`float.json` has, for each original, the layers with weights or products: name, operator, multiply-accumulates and
parameters, counted here from shapes that onnx infers. `models.bin.gz` is a row of records: the length as four
little-endian bytes, then a ModelProto, whose metadata names the `variant`, its `original` and the `tool` that made it.
"""
import gzip
import json
import logging
import math
import os
import struct
import tempfile

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_dynamic, quantize_static
from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer
from onnxruntime.transformers.float16 import convert_float_to_float16

logging.disable(logging.WARNING)
OUT = os.path.join(os.path.dirname(__file__), "..", "vectors", "quantized")
FLOAT, INT64 = TensorProto.FLOAT, TensorProto.INT64


class Net:
    """A model in the making: nodes and weights."""

    def __init__(self, seed):
        self.random = np.random.default_rng(seed)
        self.nodes, self.weights = [], {}

    def weight(self, name, *shape):
        # Of few different values, so that the file stays small.
        self.weights[name] = (np.round(self.random.standard_normal(shape) * 8) / 32).astype(np.float32)
        return name

    def constant(self, name, value):
        self.weights[name] = value
        return name

    def add(self, op, inputs, output, name, domain="", **attributes):
        self.nodes.append(helper.make_node(op, inputs, [output] if isinstance(output, str) else output, name=name, domain=domain, **attributes))

    def model(self, inputs, output, opsets=(("", 17),)):
        value = lambda name, type_, shape: helper.make_tensor_value_info(name, type_, shape)
        graph = helper.make_graph(self.nodes, "net", [value(*i) for i in inputs], [value(*output)], [numpy_helper.from_array(v, k) for k, v in self.weights.items()])
        return helper.make_model(graph, opset_imports=[helper.make_opsetid(*o) for o in opsets], ir_version=8)


def convolutional():
    n = Net(7)
    n.add("Conv", ["x", n.weight("conv1.weight", 8, 3, 3, 3), n.weight("conv1.bias", 8)], "c1", "/conv1/Conv", pads=[1, 1, 1, 1], kernel_shape=[3, 3], strides=[2, 2])
    n.add("Relu", ["c1"], "r1", "/relu1/Relu")
    n.add("Conv", ["r1", n.weight("dw.weight", 8, 1, 3, 3), n.weight("dw.bias", 8)], "c2", "/dw/Conv", group=8, pads=[1, 1, 1, 1], kernel_shape=[3, 3])
    n.add("Clip", ["c2", n.constant("lo", np.array(0, np.float32)), n.constant("hi", np.array(6, np.float32))], "r2", "/relu6/Clip")
    n.add("Conv", ["r2", n.weight("pw.weight", 8, 8, 1, 1), n.weight("pw.bias", 8)], "c3", "/pw/Conv", kernel_shape=[1, 1])
    n.add("Add", ["c3", "r1"], "a1", "/Add")
    n.add("ConvTranspose", ["a1", n.weight("up.weight", 8, 4, 2, 2), n.weight("up.bias", 4)], "t1", "/up/ConvTranspose", kernel_shape=[2, 2], strides=[2, 2])
    n.add("Sigmoid", ["t1"], "s1", "/Sigmoid")
    n.add("Mul", ["t1", "s1"], "m1", "/Mul")
    n.add("GlobalAveragePool", ["m1"], "g1", "/pool/GlobalAveragePool")
    n.add("Flatten", ["g1"], "f1", "/Flatten", axis=1)
    n.add("Gemm", ["f1", n.weight("fc.weight", 32, 4), n.weight("fc.bias", 32)], "h1", "/fc/Gemm", transB=1)
    n.add("MatMul", ["h1", n.weight("proj.weight", 32, 64)], "h2", "/proj/MatMul")
    n.add("Add", ["h2", n.weight("proj.bias", 64)], "h3", "/proj/Add")
    n.add("Softmax", ["h3"], "y", "/Softmax", axis=-1)
    return n.model([("x", FLOAT, [1, 3, 16, 16])], ("y", FLOAT, [1, 64]))


def text():
    """An embedding, an attention block in single operators, a feed-forward block and an LSTM."""
    n = Net(8)
    n.add("Gather", [n.weight("table", 40, 32), "ids"], "e", "/embed/Gather")
    n.add("LayerNormalization", ["e", n.weight("norm.weight", 32), n.weight("norm.bias", 32)], "n1", "/norm/LayerNormalization")
    for part in "qkv":
        n.add("MatMul", ["n1", n.weight(f"{part}.weight", 32, 32)], f"{part}0", f"/{part}/MatMul")
        n.add("Add", [f"{part}0", n.weight(f"{part}.bias", 32)], f"{part}1", f"/{part}/Add")
    n.add("Transpose", ["k1"], "kt", "/Transpose", perm=[0, 2, 1])
    n.add("MatMul", ["q1", "kt"], "scores", "/scores/MatMul")
    n.add("Softmax", ["scores"], "p", "/Softmax", axis=-1)
    n.add("MatMul", ["p", "v1"], "context", "/context/MatMul")
    n.add("MatMul", ["context", n.weight("out.weight", 32, 32)], "o", "/out/MatMul")
    n.add("Add", ["o", "n1"], "r", "/Add")
    n.add("MatMul", ["r", n.weight("up.weight", 32, 48)], "u", "/up/MatMul")
    n.add("Tanh", ["u"], "t", "/Tanh")
    n.add("MatMul", ["t", n.weight("down.weight", 48, 32)], "d", "/down/MatMul")
    n.add("Transpose", ["d"], "s", "/Transpose_1", perm=[1, 0, 2])
    n.add("LSTM", ["s", n.weight("lstm.w", 1, 64, 32), n.weight("lstm.r", 1, 64, 16), n.weight("lstm.b", 1, 128)], ["hs"], "/lstm/LSTM", hidden_size=16)
    n.add("Squeeze", ["hs", n.constant("axis", np.array([1], np.int64))], "y", "/Squeeze")
    return n.model([("ids", INT64, [1, 8])], ("y", FLOAT, [8, 1, 16]))


def attention():
    n = Net(9)
    n.add("Attention", ["x", n.weight("qkv.weight", 32, 96), n.weight("qkv.bias", 96)], "a", "/attention/Attention", "com.microsoft", num_heads=2)
    n.add("MatMul", ["a", n.weight("out.weight", 32, 32)], "y", "/out/MatMul")
    return n.model([("x", FLOAT, [1, 8, 32])], ("y", FLOAT, [1, 8, 32]), (("", 17), ("com.microsoft", 1)))


ORIGINALS = {"convolutional": convolutional(), "text": text(), "attention": attention()}
# Inputs that set how an operator works; their floats are not parameters.
SETTINGS = {"Clip": (1, 2)}


def layers(model):
    shapes = {v.name: [d.dim_value for d in v.type.tensor_type.shape.dim] for g in [onnx.shape_inference.infer_shapes(model).graph] for v in [*g.input, *g.output, *g.value_info]}
    weights = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}
    # onnx knows no shapes of the other domain.
    if "y" in shapes:
        shapes.setdefault("a", shapes["y"])
    rows = []
    for node in model.graph.node:
        shape = lambda name: list(weights[name].shape) if name in weights else shapes[name]
        ins, out = list(node.input), shape(node.output[0])
        a = {x.name: helper.get_attribute_value(x) for x in node.attribute}
        if node.op_type == "Conv":
            macs = math.prod(out) * math.prod(shape(ins[1])[1:])
        elif node.op_type == "ConvTranspose":
            macs = math.prod(shape(ins[0])) * math.prod(shape(ins[1])[1:])
        elif node.op_type in ("MatMul", "Gemm"):
            macs = math.prod(out) * shape(ins[0])[-1]
        elif node.op_type == "LSTM":
            steps, batch, size = shape(ins[0])
            macs = steps * batch * 4 * a["hidden_size"] * (size + a["hidden_size"])
        elif node.op_type == "Attention":
            batch, length, size = shape(ins[0])
            macs = batch * length * size * 3 * size + 2 * batch * length * length * size
        else:
            macs = 0
        parameters = sum(weights[i].size for at, i in enumerate(ins) if i in weights and weights[i].dtype == np.float32 and at not in SETTINGS.get(node.op_type, ()))
        if macs or parameters:
            rows.append({"name": node.name, "op": node.op_type, "macs": macs, "parameters": int(parameters)})
    return rows


class Samples(CalibrationDataReader):
    def __init__(self, original):
        self.items = iter(samples(original))

    def get_next(self):
        return next(self.items, None)


def samples(original):
    random = np.random.default_rng(1)
    if original == "text":
        return [{"ids": random.integers(0, 40, (1, 8))} for _ in range(4)]
    shape = [d.dim_value for d in ORIGINALS[original].graph.input[0].type.tensor_type.shape.dim]
    return [{"x": random.standard_normal(shape).astype(np.float32)} for _ in range(4)]


def static(original, **options):
    return lambda path, out: quantize_static(path, out, Samples(original), **options)


def dynamic(ops, **options):
    return lambda path, out: quantize_dynamic(path, out, op_types_to_quantize=ops, **options)


def nbits(**options):
    def run(path, out):
        quantizer = MatMulNBitsQuantizer(onnx.load(path), block_size=16, **options)
        quantizer.process()
        onnx.save(quantizer.model.model, out)
    return run


def half(**options):
    return lambda path, out: onnx.save(convert_float_to_float16(onnx.load(path), keep_io_types=True, **options), out)


def optimized(before=None):
    def run(path, out):
        session = ort.SessionOptions()
        session.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
        session.optimized_model_filepath = out
        session.log_severity_level = 3
        if before is not None:
            before(path, path + ".before")
            path = path + ".before"
        ort.InferenceSession(path, session, providers=["CPUExecutionProvider"])
    return run


def with_nncf(original, compress=None):
    def run(path, out):
        import nncf
        model = onnx.load(path)
        if compress is None:
            made = nncf.quantize(model, nncf.Dataset(samples(original)), subset_size=4)
        else:
            # It makes products of lookups otherwise.
            tables = nncf.IgnoredScope(types=["Gather"], validate=False)
            made = nncf.compress_weights(model, mode=getattr(nncf.CompressWeightsMode, compress[0]), ignored_scope=tables, **compress[1])
        onnx.save(made, out)
    return run


QDQ, QOPERATOR = QuantFormat.QDQ, QuantFormat.QOperator
U8S8 = {"activation_type": QuantType.QUInt8, "weight_type": QuantType.QInt8}
CNN_STATIC = static("convolutional", quant_format=QDQ, per_channel=True, **U8S8)
VARIANTS = [
    ("convolutional", "static QDQ per channel", "onnxruntime", CNN_STATIC),
    ("convolutional", "static QDQ per tensor", "onnxruntime", static("convolutional", quant_format=QDQ, **U8S8)),
    ("convolutional", "static QOperator", "onnxruntime", static("convolutional", quant_format=QOPERATOR, per_channel=True, **U8S8)),
    ("convolutional", "static QDQ 16-bit activations", "onnxruntime", static("convolutional", quant_format=QDQ, activation_type=QuantType.QUInt16, weight_type=QuantType.QInt8)),
    ("convolutional", "static QDQ 4-bit weights", "onnxruntime", static("convolutional", quant_format=QDQ, activation_type=QuantType.QUInt8, weight_type=QuantType.QInt4)),
    ("convolutional", "dynamic", "onnxruntime", dynamic(["Conv", "MatMul"])),
    ("convolutional", "float16", "onnxruntime", half()),
    ("convolutional", "float16 with islands", "onnxruntime", half(op_block_list=["Softmax", "GlobalAveragePool", "Gemm"])),
    ("convolutional", "optimized", "onnxruntime", optimized()),
    ("convolutional", "static QDQ optimized", "onnxruntime", optimized(CNN_STATIC)),
    ("convolutional", "dynamic optimized", "onnxruntime", optimized(dynamic(["Conv", "MatMul"]))),
    ("convolutional", "static", "nncf", with_nncf("convolutional")),
    ("convolutional", "8-bit weights", "nncf", with_nncf("convolutional", ("INT8_ASYM", {}))),
    ("text", "static QDQ", "onnxruntime", static("text", quant_format=QDQ, **U8S8)),
    ("text", "static QOperator", "onnxruntime", static("text", quant_format=QOPERATOR, **U8S8)),
    ("text", "dynamic", "onnxruntime", dynamic(["MatMul", "LSTM"])),
    ("text", "dynamic optimized", "onnxruntime", optimized(dynamic(["MatMul", "LSTM"]))),
    ("text", "4-bit packed", "onnxruntime", nbits(is_symmetric=False, op_types_to_quantize=("MatMul", "Gather"), quant_axes=(("MatMul", 0), ("Gather", 1)))),
    ("text", "4-bit packed symmetric", "onnxruntime", nbits(is_symmetric=True)),
    ("text", "4-bit QDQ", "onnxruntime", nbits(is_symmetric=True, quant_format=QDQ)),
    ("text", "float16", "onnxruntime", half()),
    ("text", "optimized", "onnxruntime", optimized()),
    ("text", "static", "nncf", with_nncf("text")),
    ("text", "4-bit weights", "nncf", with_nncf("text", ("INT4_SYM", {"group_size": 16, "all_layers": True}))),
    ("attention", "dynamic", "onnxruntime", dynamic(["Attention", "MatMul"])),
]


def main():
    os.makedirs(OUT, exist_ok=True)
    records = []
    with tempfile.TemporaryDirectory() as folder:
        for original, variant, tool, make in VARIANTS:
            path, out = os.path.join(folder, "in.onnx"), os.path.join(folder, "out.onnx")
            onnx.save(ORIGINALS[original], path)
            make(path, out)
            model = onnx.load(out)
            del model.metadata_props[:], model.graph.value_info[:], model.graph.metadata_props[:]
            for node in model.graph.node:
                del node.metadata_props[:]
            helper.set_model_props(model, {"variant": variant, "original": original, "tool": tool})
            records.append(model.SerializeToString())
            os.remove(out)
        packed = b"".join(struct.pack("<I", len(r)) + r for r in records)
        for original, model in ORIGINALS.items():
            helper.set_model_props(model, {"variant": "float", "original": original, "tool": ""})
            r = model.SerializeToString()
            packed = struct.pack("<I", len(r)) + r + packed
    with open(os.path.join(OUT, "models.bin.gz"), "wb") as file, gzip.GzipFile(fileobj=file, mode="wb", mtime=0) as zipped:
        zipped.write(packed)
    with open(os.path.join(OUT, "float.json"), "w") as file:
        file.write("{\n" + ",\n".join(f'"{name}": [\n' + ",\n".join(json.dumps(row) for row in layers(model)) + "\n]" for name, model in ORIGINALS.items()) + "\n}\n")
    print(len(records), "models,", len(packed), "bytes")


main()
