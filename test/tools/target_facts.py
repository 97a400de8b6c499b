"""Measures what runtimes take, and as what: one small model for each way of quantizing one layer.

    python test/tools/target_facts.py openvino|tensorrt|qnn        (needs what target_oracles.py needs for it)

Writes test/vectors/targets/RUNTIME.json: the runtime's version, and for each case what it makes of it. Quantized weights beside float
activations are `taken` or `refused`; with quantized activations the layer runs as `integer`, as `float`, or is `refused`. Which
kernel runs is known of OpenVINO alone; what TensorRT and QNN take counts as integer.
"""
import itertools
import json
import os
import sys

import numpy as np
from onnx import TensorProto, helper

import target_oracles

OUT = os.path.join(os.path.dirname(__file__), "..", "vectors", "targets")
TYPES = {name: getattr(TensorProto, name.upper()) for name in ("int2", "uint2", "int4", "uint4", "int8", "uint8", "int16", "uint16", "int32", "float16")}
# By operator: shape of its input, shape of its weights, axis of channels, axis of blocks.
USES = {
    "Conv": ([1, 32, 8, 8], [64, 32, 3, 3], 0, 1),
    "ConvTranspose": ([1, 32, 8, 8], [32, 64, 2, 2], 1, 0),
    "MatMul": ([4, 64], [64, 32], 1, 0),
    "Gemm": ([4, 64], [32, 64], 0, 1),
    "Gather": ([3], [32, 64], 0, 1),
}
FLOAT = TensorProto.FLOAT


def codes(name, kind, dims):
    """Codes that differ, of any type."""
    random = np.random.default_rng(1)
    bits = int("".join(filter(str.isdigit, kind)))
    low, high = (-(2 ** (bits - 1)) + 1, 2 ** (bits - 1) - 1) if kind.startswith("i") else (0, 2**bits - 1)
    values = random.integers(low, high + 1, dims)
    return helper.make_tensor(name, TYPES[kind], dims, values.flatten().tolist())


def dequantized(weights, op, kind, granularity, zero, graph):
    """Adds weights in codes to a graph."""
    _, dims, channel, block = USES[op]
    axis = block if granularity == "block" else channel
    scale_dims = [] if granularity == "tensor" else [dims[axis]] if granularity == "channel" else [(dim + 31) // 32 if index == axis else dim for index, dim in enumerate(dims)]
    groups = int(np.prod(scale_dims))
    attributes = {} if granularity == "tensor" else {"axis": axis, **({"block_size": 32} if granularity == "block" else {})}
    graph["initializers"] += [codes(f"{weights}_codes", kind, dims), helper.make_tensor(f"{weights}_scale", FLOAT, scale_dims, [0.01 + 0.001 * (group % 7) for group in range(groups)])]
    inputs = [f"{weights}_codes", f"{weights}_scale"]
    if zero is not None:
        graph["initializers"].append(helper.make_tensor(f"{weights}_zero", TYPES[kind], scale_dims, [zero] * groups))
        inputs.append(f"{weights}_zero")
    graph["nodes"].append(helper.make_node("DequantizeLinear", inputs, [weights], **attributes))


def pair(value, kind, zero, graph, scale=0.02):
    """Quantizes a value, with one scale for all of it. Returns what it is then called."""
    graph["initializers"] += [helper.make_tensor(f"{value}_scale", FLOAT, [], [scale]), helper.make_tensor(f"{value}_zero", TYPES[kind], [], [zero])]
    graph["nodes"] += [helper.make_node("QuantizeLinear", [value, f"{value}_scale", f"{value}_zero"], [f"{value}_codes"]), helper.make_node("DequantizeLinear", [f"{value}_codes", f"{value}_scale", f"{value}_zero"], [f"{value}_back"])]
    return f"{value}_back"


def model(op, graph, opset):
    kind = TensorProto.INT64 if op == "Gather" else FLOAT
    inputs = [helper.make_tensor_value_info("x", kind, USES[op][0])]
    made = helper.make_graph(graph["nodes"], "case", inputs, [helper.make_tensor_value_info(graph["output"], FLOAT, None)], graph["initializers"])
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", opset)], ir_version=10 if opset < 25 else 13)


def layer(op, inputs, graph, quantized=None):
    attributes = {"Conv": {"pads": [1, 1, 1, 1]}, "ConvTranspose": {"strides": [2, 2]}, "Gemm": {"transB": 1}}.get(op, {})
    graph["nodes"].append(helper.make_node(op, inputs, ["y"], name="layer", **attributes))
    value = "y" if quantized is None else pair("y", *quantized, graph)
    # A layer alone is not what runtimes optimize.
    graph["nodes"].append(helper.make_node("Neg", [value], ["z"]))
    graph["output"] = "z"


def weight_cases():
    kinds = ["int2", "uint2", "int4", "uint4", "int8", "uint8", "int16", "uint16"]
    for op, kind, granularity, shifted in itertools.product(USES, kinds, ["tensor", "channel", "block"], [False, True]):
        middle = 0 if kind.startswith("i") else 2 ** (int(kind[4:]) - 1)
        graph = {"nodes": [], "initializers": [], "output": ""}
        dequantized("w", op, kind, granularity, middle + 1 if shifted else None if middle == 0 else middle, graph)
        layer(op, ["w", "x"] if op == "Gather" else ["x", "w"], graph)
        yield {"what": "weights", "op": op, "weights": kind, "granularity": granularity, "symmetric": not shifted}, model(op, graph, 25 if kind.endswith("2") else 21)
    for op in USES:
        graph = {"nodes": [helper.make_node("Cast", ["half"], ["w"], to=FLOAT)], "initializers": [helper.make_tensor("half", TensorProto.FLOAT16, USES[op][1], np.ones(USES[op][1], np.float16).flatten())], "output": ""}
        layer(op, ["w", "x"] if op == "Gather" else ["x", "w"], graph)
        yield {"what": "weights", "op": op, "weights": "float16", "granularity": "tensor", "symmetric": True}, model(op, graph, 21)


def activation_cases():
    kinds = [("uint8", 0), ("uint8", 128), ("uint8", 7), ("int8", 0), ("int8", 7), ("uint16", 32768), ("int16", 0)]
    for op, (kind, zero), weights, granularity, bias, output in itertools.product(["Conv", "ConvTranspose", "MatMul", "Gemm"], kinds, ["int8", "uint8", "int4", "int16"], ["tensor", "channel"], ["none", "float", "codes"], [False, True]):
        if (bias != "none" and op == "MatMul") or (weights != "int8" and (bias != "none" or granularity == "tensor" or zero not in (0, 32768))):
            continue
        graph = {"nodes": [], "initializers": [], "output": ""}
        x = pair("x", kind, zero, graph)
        dequantized("w", op, weights, granularity, 128 if weights == "uint8" else 0, graph)
        inputs = [x, "w"]
        channels = USES[op][1][USES[op][2]]
        if bias == "float":
            graph["initializers"].append(helper.make_tensor("b", FLOAT, [channels], [0.5] * channels))
        if bias == "codes":
            per_channel = granularity == "channel"
            scales = [np.float32(0.02) * np.float32(0.01 + 0.001 * (group % 7)) for group in range(channels if per_channel else 1)]
            graph["initializers"] += [helper.make_tensor("b_codes", TensorProto.INT32, [channels], list(range(channels))), helper.make_tensor("b_scale", FLOAT, [channels] if per_channel else [], scales)]
            graph["nodes"].append(helper.make_node("DequantizeLinear", ["b_codes", "b_scale"], ["b"], **({"axis": 0} if per_channel else {})))
        layer(op, inputs + (["b"] if bias != "none" else []), graph, (kind, zero) if output else None)
        yield {"what": "activations", "op": op, "activations": kind, "zeroPoint": zero, "weights": weights, "granularity": granularity, "bias": bias, "output": output}, model(op, graph, 21)


def main():
    runtime = sys.argv[1]
    oracle = {"openvino": target_oracles.openvino, "tensorrt": target_oracles.tensorrt, "qnn": target_oracles.qnn}[runtime]
    found, version = [], ""
    for case, made in itertools.chain(weight_cases(), activation_cases()):
        result = oracle(made)
        version = result["version"]
        refused = not result["passes"] and (runtime != "openvino" or "refused" in result)
        runs = "refused" if refused else "taken" if case["what"] == "weights" else "integer" if result["passes"] else "float"
        found.append({**case, "runs": runs})
    os.makedirs(OUT, exist_ok=True)
    with open(os.path.join(OUT, f"{runtime}.json"), "w") as file:
        file.write(json.dumps({"runtime": runtime, "version": version, "cases": "@"}, indent=1).replace('"@"', "[\n  " + ",\n  ".join(json.dumps(case) for case in found) + "\n ]") + "\n")


if __name__ == "__main__":
    main()
