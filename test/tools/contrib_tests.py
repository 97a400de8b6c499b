"""Writes test/vectors/contribTests.bin.gz: single operators of com.microsoft with the shapes that onnxruntime gives them.

    python test/tools/contrib_tests.py        (needs onnx, onnxruntime and numpy)

The format is that of node_tests.py. Inputs are given by type and shape; those that decide extents are kept as constants.
"""
import gzip
import json
import os
import struct

import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

F, I64, I32, U8, I8 = np.float32, np.int64, np.int32, np.uint8, np.int8
RANDOM = np.random.default_rng(7)


def t(*shape, kind=F, high=3):
    """A tensor of which only type and shape are kept."""
    values = RANDOM.normal(size=shape) if kind == F else RANDOM.integers(0, high, shape)
    return {"value": np.asarray(values).astype(kind), "kept": False}


def k(value, kind=I64):
    """A constant."""
    return {"value": np.asarray(value, dtype=kind), "kept": True}


def scale(value=0.1):
    return k(value, F)


def zero(kind=U8):
    return k(0, kind)


# operator, inputs, attributes, number of outputs
CASES = [
    ("BiasGelu", [t(2, 3, 8), t(8)], {}, 1),
    ("FastGelu", [t(2, 3, 8), t(8)], {}, 1),
    ("Gelu", [t(2, 3)], {}, 1),
    ("QuickGelu", [t(2, 3)], {}, 1),
    ("FusedConv", [t(1, 4, 7, 9), t(6, 4, 3, 3), t(6)], {"activation": "Relu", "strides": [2, 1]}, 1),
    ("FusedGemm", [t(4, 3), t(4, 5), t(5)], {"transA": 1, "activation": "Relu"}, 1),
    ("FusedMatMul", [t(2, 4, 3), t(2, 4, 5)], {"transA": 1}, 1),
    ("FusedMatMul", [t(2, 3, 4), t(5, 4)], {"transB": 1, "alpha": 0.5}, 1),
    ("SkipLayerNormalization", [t(2, 3, 8), t(2, 3, 8), t(8), t(8), t(8)], {}, 4),
    ("SkipSimplifiedLayerNormalization", [t(2, 3, 8), t(2, 3, 8), t(8)], {}, 4),
    ("EmbedLayerNormalization", [t(2, 5, kind=I32), t(2, 5, kind=I32, high=2), t(9, 8), t(6, 8), t(2, 8), t(8), t(8), t(2, 5, kind=I32, high=2)], {}, 2),
    ("Attention", [t(2, 5, 8), t(8, 24), t(24)], {"num_heads": 2}, 1),
    ("Attention", [t(2, 5, 8), t(8, 24), t(24), None, t(2, 2, 2, 3, 4)], {"num_heads": 2}, 2),
    ("Attention", [t(2, 5, 8), t(8, 8 + 8 + 12), t(28)], {"num_heads": 2, "qkv_hidden_sizes": [8, 8, 12]}, 1),
    ("QAttention", [t(2, 5, 8, kind=U8), t(8, 24, kind=I8), t(24), scale(), scale(), None, zero(), zero(I8)], {"num_heads": 2}, 1),
    ("QAttention", [t(2, 5, 8, kind=U8), t(8, 24, kind=I8), t(24), scale(), scale(), None, zero(), zero(I8), t(2, 2, 2, 3, 4)], {"num_heads": 2, "unidirectional": 1}, 2),
    ("MultiHeadAttention", [t(2, 5, 8), t(2, 7, 8), t(2, 7, 12)], {"num_heads": 2}, 1),
    ("MultiHeadAttention", [t(2, 5, 8), t(2, 2, 7, 4), t(2, 2, 7, 4)], {"num_heads": 2}, 1),
    ("MultiHeadAttention", [t(2, 5, 8), t(2, 5, 8), t(2, 5, 8), None, None, None, t(2, 2, 3, 4), t(2, 2, 3, 4)], {"num_heads": 2}, 3),
    ("GroupQueryAttention", [t(1, 5, 32), t(1, 5, 16), t(1, 5, 16), t(1, 2, 0, 8), t(1, 2, 0, 8), k([4], I32), k(5, I32)], {"num_heads": 4, "kv_num_heads": 2}, 3),
    ("GroupQueryAttention", [t(1, 5, 64), None, None, t(1, 2, 0, 8), t(1, 2, 0, 8), k([4], I32), k(5, I32)], {"num_heads": 4, "kv_num_heads": 2}, 3),
    ("RotaryEmbedding", [t(1, 5, 32), k([0]), t(9, 4), t(9, 4)], {"num_heads": 4}, 1),
    ("MatMulNBits", [t(2, 3, 64), t(10, 2, 16, kind=U8), t(20)], {"K": 64, "N": 10, "bits": 4, "block_size": 32}, 1),
    ("DynamicQuantizeMatMul", [t(2, 3, 4), t(4, 5, kind=I8), scale()], {}, 1),
    ("MatMulIntegerToFloat", [t(2, 3, 4, kind=U8), t(4, 5, kind=I8), scale(), scale()], {}, 1),
    ("MatMulInteger16", [t(3, 4, kind=np.int16), t(4, 5, kind=np.int16)], {}, 1),
    ("QGemm", [t(3, 4, kind=U8), scale(), zero(), t(4, 5, kind=I8), scale(), zero(I8), None, scale(), zero()], {}, 1),
    ("QGemm", [t(3, 4, kind=U8), scale(), zero(), t(5, 4, kind=I8), scale(), zero(I8)], {"transB": 1}, 1),
    ("QLinearAdd", [t(2, 3, kind=U8), scale(), zero(), t(3, kind=U8), scale(), zero(), scale(), zero()], {}, 1),
    ("QLinearMul", [t(2, 1, kind=I8), scale(), zero(I8), t(3, kind=I8), scale(), zero(I8), scale(), zero(I8)], {}, 1),
    ("QLinearConcat", [scale(), zero(), t(2, 3, kind=U8), scale(), zero(), t(2, 4, kind=U8), scale(), zero()], {"axis": 1}, 1),
    ("QLinearAveragePool", [t(1, 3, 8, 8, kind=U8), scale(), zero(), scale(), zero()], {"kernel_shape": [3, 3], "strides": [2, 2]}, 1),
    ("QLinearAveragePool", [t(1, 8, 9, 3, kind=U8), scale(), zero(), scale(), zero()], {"kernel_shape": [3, 3], "channels_last": 1}, 1),
    ("QLinearGlobalAveragePool", [t(1, 3, 8, 8, kind=U8), scale(), zero(), scale(), zero()], {}, 1),
    ("QLinearGlobalAveragePool", [t(1, 8, 9, 3, kind=U8), scale(), zero(), scale(), zero()], {"channels_last": 1}, 1),
    ("QLinearSigmoid", [t(2, 3, kind=U8), scale(), zero(), scale(), zero()], {}, 1),
    ("QLinearLeakyRelu", [t(2, 3, kind=U8), scale(), zero(), scale(), zero()], {"alpha": 0.1}, 1),
    ("QLinearSoftmax", [t(2, 3, kind=U8), scale(), zero(), scale(), zero()], {"axis": 1, "opset": 13}, 1),
    ("QLinearWhere", [t(2, 1, kind=bool, high=2), t(1, 3, kind=U8), scale(), zero(), t(2, 3, kind=U8), scale(), zero(), scale(), zero()], {}, 1),
    ("QLinearConv", [t(1, 7, 9, 4, kind=U8), scale(), zero(), t(6, 4, 3, 3, kind=I8), scale(), zero(I8), scale(), zero()], {"channels_last": 1, "strides": [2, 1]}, 1),
    ("NhwcMaxPool", [t(1, 8, 9, 3, kind=U8)], {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 1, 1, 1]}, 1),
    ("DynamicQuantizeLSTM", [t(5, 2, 3), t(1, 3, 16, kind=I8), t(1, 4, 16, kind=I8), None, None, None, None, None, k([0.1], F), k([0], I8), k([0.1], F), k([0], I8)], {"hidden_size": 4}, 3),
    ("GatherBlockQuantized", [t(6, 16, kind=U8), t(2, 3, kind=I64), t(6, 2)], {"bits": 4, "block_size": 16, "quantize_axis": 1, "gather_axis": 0}, 1),
    ("MoE", [t(5, 8), t(5, 4), t(4, 12, 8), None, t(4, 8, 12)], {"k": 2, "activation_type": "relu"}, 1),
    ("ExpandDims", [t(2, 3), k(-1, I32)], {}, 1),
    ("CDist", [t(4, 3), t(5, 3)], {"metric": "euclidean"}, 1),
    ("UnfoldTensor", [t(2, 9)], {"dim": 1, "size": 3, "step": 2}, 1),
    ("Inverse", [t(2, 3, 3)], {}, 1),
    ("NGramRepeatBlock", [t(2, 6, kind=I64), t(2, 9)], {"ngram_size": 2}, 1),
    ("MurmurHash3", [t(2, 3, kind=I32)], {}, 1),
    ("MaxpoolWithMask", [t(1, 1, 8, 8), t(1, 1, 8, 8, kind=I32)], {"kernel_shape": [3, 3]}, 1),
    ("CropAndResize", [t(2, 3, 9, 9), t(4, 4), t(4, kind=I32, high=2), k([5, 6], I32)], {}, 1),
    ("LinearAttention", [t(1, 5, 8), t(1, 5, 8), t(1, 5, 12)], {"q_num_heads": 2, "kv_num_heads": 2, "update_rule": "linear"}, 2),
    ("CausalConvWithState", [t(2, 4, 9), t(4, 1, 3)], {}, 2),
    ("ConvTransposeWithDynamicPads", [t(1, 4, 5, 6), t(4, 3, 3, 3), k([1, 0, 0, 1]), t(3)], {"strides": [2, 2]}, 1),
    ("BranchwiseRMSNorm", [t(2, 3, 4, 8), t(8)], {}, 1),
    ("EngramGate", [t(2, 3, 4, 8), t(2, 3, 4, 8), t(2, 3, 8), t(4, 8), t(4, 8), t(4, 8)], {}, 2),
    ("HyperConnectionPreMix", [t(2, 3, 4, 8), t(2, 3, 4)], {}, 1),
    ("HyperConnectionPreMix", [t(2, 3, 32), t(2, 3, 4)], {"num_branches": 4}, 1),
    ("HyperConnectionPostMix", [t(2, 3, 4, 8), t(2, 3, 8), t(2, 3, 4), t(2, 3, 4, 4)], {}, 1),
    ("LinearAttentionGate", [t(2, 3, 4), t(4), t(4), t(2, 3, 4)], {}, 2),
    ("NGramHashMapping", [t(2, 5, kind=I64), k([3, 5, 7]), k([11, 13, 17, 19])], {"max_ngram_size": 3, "n_head_per_ngram": 2, "pad_id": 0}, 2),
    ("VarlenNGramHashMapping", [t(7, kind=I64), k([3, 5, 7]), k([11, 13, 17, 19]), k([0, 4, 7], I32)], {"max_ngram_size": 3, "n_head_per_ngram": 2, "pad_id": 0}, 2),
    ("MRotaryEmbedding", [t(1, 5, 32), t(3, 1, 5, kind=I64), t(9, 4), t(9, 4)], {"num_heads": 4, "mrope_section": [2, 1, 1]}, 1),
    ("SampleOp", [t(2, 3)], {}, 1),
]


def record(op, inputs, attributes, outputs):
    names = ["" if given is None else f"x{at}" for at, given in enumerate(inputs)]
    results = [f"y{at}" for at in range(outputs)]
    node = helper.make_node(op, names, results, domain="com.microsoft", **attributes)
    pairs = [(name, given) for name, given in zip(names, inputs) if given is not None]
    declared = [helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(given["value"].dtype), given["value"].shape) for name, given in pairs if not given["kept"]]
    constants = [numpy_helper.from_array(given["value"], name) for name, given in pairs if given["kept"]]
    graph = helper.make_graph([node], op, declared, [helper.make_empty_tensor_value_info(name) for name in results], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21), helper.make_opsetid("com.microsoft", 1)], ir_version=10)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    values = session.run(None, {name: given["value"] for name, given in pairs if not given["kept"]})
    # An output that the runtime does not fill is not compared.
    expected = [[TensorProto.DataType.Name(helper.np_dtype_to_tensor_dtype(value.dtype)).lower(), list(value.shape)] for value in values if value is not None]
    helper.set_model_props(model, {"name": f"com.microsoft/{op} {json.dumps(attributes)}", "expected": json.dumps(expected)})
    return model.SerializeToString(deterministic=True)


def main():
    records = [record(*case) for case in CASES]
    path = os.path.join(os.path.dirname(__file__), "..", "vectors", "contribTests.bin.gz")
    with gzip.GzipFile(path, "wb", compresslevel=9, mtime=0) as file:
        for data in records:
            file.write(struct.pack("<I", len(data)) + data)
    print(f"{len(records)} operators, {os.path.getsize(path)} bytes")


main()
