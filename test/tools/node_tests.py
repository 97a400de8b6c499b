"""Writes test/vectors/nodeTests.bin.gz: the structure of every backend test that the onnx package carries or generates.

    python test/tools/node_tests.py        (needs onnx and numpy)

For each test a model without declared output shapes, and what its outputs really are. Inputs are given by type and
shape; integers, and the floats that some operators take extents from, are kept as constants, as they are in exported
models. Sequences and optionals are taken apart, so that every input and output is a tensor:

    an input sequence is put together from tensors by a SequenceConstruct, an optional by an Optional;
    an output sequence is read by a SequenceAt for each place and a SequenceLength, an optional by OptionalGetElement.

The file is a row of records: the length as four little-endian bytes, then a ModelProto. Its metadata holds the test's
`name` and `expected`, a JSON list of [type, dims] for each output, with its elements behind when they are few.
"""
import gzip
import json
import os
import struct
import warnings

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnx.backend.test.case.node import collect_testcases
from onnx.backend.test.loader import load_model_tests

SMALL = 64
INTEGERS = (TensorProto.INT64, TensorProto.INT32, TensorProto.BOOL, TensorProto.UINT8, TensorProto.INT16)
# Operators whose float inputs decide extents, or that floats are computed with on the way to extents.
FLOATS_DECIDE = {
    "ArgMax", "ArgMin", "Ceil", "Clip", "Compress", "Concat", "CumSum", "Expand", "Floor", "Gather", "GatherElements", "GatherND", "Max", "Min", "Mod",
    "NonZero", "OneHot", "Range", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceSum", "Resize", "Round", "Scatter", "ScatterElements", "ScatterND",
    "Sign", "Slice", "Split", "Tile", "Transpose", "Unique", "Upsample", "Where",
}


def decides(name, model, code, count):
    if count > SMALL:
        return False
    # Tests of operators written as functions have the operator only in their name.
    of_floats = "test_range" in name or any(node.op_type in FLOATS_DECIDE for node in every_node(model))
    return code in INTEGERS or of_floats


def every_node(model):
    waiting = [model.graph, *model.functions]
    while waiting:
        holder = waiting.pop()
        for node in holder.node:
            yield node
            waiting.extend(attribute.g for attribute in node.attribute if attribute.HasField("g"))


def tensor_of(value, code):
    """The value as a TensorProto of the declared element type."""
    if isinstance(value, TensorProto):
        return value
    array = np.asarray(value)
    if code == TensorProto.STRING:
        return helper.make_tensor("", code, array.shape, [text if isinstance(text, bytes) else str(text).encode() for text in array.flatten()])
    return numpy_helper.from_array(array)


def dims_of(value):
    return list(value.dims) if isinstance(value, TensorProto) else list(np.asarray(value).shape)


def put_in(name, model, graph, info, value):
    """Declares one input of the rewritten graph, or stores it as a constant."""
    kind = info.type.WhichOneof("value")
    if kind == "optional_type":
        if value is None:
            graph.node.append(helper.make_node("Optional", [], [info.name], type=info.type.optional_type.elem_type))
            return
        inner = onnx.ValueInfoProto(name=f"{info.name}.value", type=info.type.optional_type.elem_type)
        put_in(name, model, graph, inner, value)
        graph.node.append(helper.make_node("Optional", [inner.name], [info.name]))
    elif kind == "sequence_type":
        names = []
        for place, item in enumerate(value):
            inner = onnx.ValueInfoProto(name=f"{info.name}.{place}", type=info.type.sequence_type.elem_type)
            put_in(name, model, graph, inner, item)
            names.append(inner.name)
        if names:
            graph.node.append(helper.make_node("SequenceConstruct", names, [info.name]))
        else:
            graph.node.append(helper.make_node("SequenceEmpty", [], [info.name], dtype=info.type.sequence_type.elem_type.tensor_type.elem_type))
    else:
        code = info.type.tensor_type.elem_type
        dims = dims_of(value)
        if decides(name, model, code, int(np.prod(dims))):
            tensor = tensor_of(value, code)
            tensor.name = info.name
            graph.initializer.append(tensor)
        else:
            graph.input.append(helper.make_tensor_value_info(info.name, code, dims))


def put_out(graph, info, value, expected):
    """Adds one output of the rewritten graph, taken apart into tensors."""
    kind = info.type.WhichOneof("value")
    if kind == "optional_type":
        if value is None:
            return
        inner = onnx.ValueInfoProto(name=f"{info.name}.value", type=info.type.optional_type.elem_type)
        graph.node.append(helper.make_node("OptionalGetElement", [info.name], [inner.name]))
        put_out(graph, inner, value, expected)
    elif kind == "sequence_type":
        graph.node.append(helper.make_node("SequenceLength", [info.name], [f"{info.name}.length"]))
        graph.output.append(helper.make_empty_tensor_value_info(f"{info.name}.length"))
        expected.append(["int64", [], [len(value)]])
        for place, item in enumerate(value):
            inner = onnx.ValueInfoProto(name=f"{info.name}.{place}", type=info.type.sequence_type.elem_type)
            at = numpy_helper.from_array(np.array(place, dtype=np.int64), f"{info.name}.{place}.at")
            graph.initializer.append(at)
            graph.node.append(helper.make_node("SequenceAt", [info.name, at.name], [inner.name]))
            put_out(graph, inner, item, expected)
    else:
        graph.output.append(helper.make_empty_tensor_value_info(info.name))
        code = info.type.tensor_type.elem_type
        expected.append([TensorProto.DataType.Name(code).lower(), dims_of(value), *elements_of(value, code, graph)])


def elements_of(value, code, graph):
    """The elements of a small result, as a list of one list; no list where they are no numbers or follow from data that is not kept."""
    if code == TensorProto.FLOAT and graph.input:
        return []
    array = numpy_helper.to_array(value) if isinstance(value, TensorProto) else np.asarray(value)
    if array.size > SMALL or code not in (*INTEGERS, TensorProto.FLOAT) or not np.isfinite(array.astype(np.float64)).all():
        return []
    return [array.flatten().astype(int if code != TensorProto.FLOAT else float).tolist()]


def record(name, model, inputs, outputs):
    graph = onnx.GraphProto(name=model.graph.name)
    stored = {tensor.name for tensor in model.graph.initializer}
    fed = [info for info in model.graph.input if info.name not in stored]
    for info, value in zip(fed, inputs):
        put_in(name, model, graph, info, value)
    graph.node.extend(model.graph.node)
    graph.initializer.extend(without_data(tensor) for tensor in model.graph.initializer)
    graph.sparse_initializer.extend(model.graph.sparse_initializer)
    expected = []
    for info, value in zip(model.graph.output, outputs):
        put_out(graph, info, value, expected)
    rewritten = onnx.ModelProto(ir_version=model.ir_version, graph=graph, opset_import=model.opset_import, functions=model.functions)
    helper.set_model_props(rewritten, {"name": name, "expected": json.dumps(expected, separators=(",", ":"))})
    return rewritten.SerializeToString(deterministic=True)


def without_data(tensor):
    """Weights are declared to be in another file, which does not exist."""
    if np.prod(tensor.dims) <= SMALL:
        return tensor
    declared = TensorProto(name=tensor.name, dims=tensor.dims, data_type=tensor.data_type, data_location=TensorProto.EXTERNAL)
    declared.external_data.add(key="location", value="weights.bin")
    return declared


def read_value(path, info_type):
    with open(path, "rb") as file:
        data = file.read()
    kind = info_type.WhichOneof("value")
    if kind == "sequence_type":
        return numpy_helper.to_list(onnx.SequenceProto.FromString(data))
    if kind == "optional_type":
        return numpy_helper.to_optional(onnx.OptionalProto.FromString(data))
    return TensorProto.FromString(data)


def stored_case(case):
    """A test that the package carries as files."""
    model = onnx.load(os.path.join(case.model_dir, "model.onnx"))
    folder = os.path.join(case.model_dir, "test_data_set_0")
    stored = {tensor.name for tensor in model.graph.initializer}
    fed = [info for info in model.graph.input if info.name not in stored]
    inputs = [read_value(os.path.join(folder, f"input_{at}.pb"), info.type) for at, info in enumerate(fed)]
    outputs = [read_value(os.path.join(folder, f"output_{at}.pb"), info.type) for at, info in enumerate(model.graph.output)]
    return record(f"{case.kind}/{case.name}", model, inputs, outputs)


def main():
    warnings.simplefilter("ignore")
    records = [record(f"node/{case.name}", case.model, case.data_sets[0][0], case.data_sets[0][1]) for case in collect_testcases(None)]
    for kind in ("simple", "pytorch-converted", "pytorch-operator"):
        records.extend(stored_case(case) for case in load_model_tests(kind=kind))
    path = os.path.join(os.path.dirname(__file__), "..", "vectors", "nodeTests.bin.gz")
    with gzip.GzipFile(path, "wb", compresslevel=9, mtime=0) as file:
        for data in records:
            file.write(struct.pack("<I", len(data)) + data)
    print(f"{len(records)} tests, {os.path.getsize(path)} bytes")


main()
