"""Asks a runtime, on a machine without its hardware, what it makes of a model, and prints one line of JSON for each.

    python test/tools/target_oracles.py openvino|tensorrt|qnn MODEL... [--shape INPUT=N,N,...]...

Needs numpy and onnx, and for
- openvino: `openvino`. Compiles for the processor; `integer` of `layers` convolutions and products compute on codes, `float` names the others.
- tensorrt: `tensorrt-rtx-cu12-bindings` and `tensorrt-rtx-cu12-libs`. Parses and builds an engine for a GPU that need not be there.
- qnn: `onnxruntime` and `onnxruntime-qnn`. Hands the whole graph to the NPU's compiler, and to nobody else.

Inputs get fixed shapes: those of --shape, else 1 where the model has no size. The exit code is 1 when a model does not pass.
"""
import argparse
import json
import os
import sys
import tempfile

import onnx


def fixed(path, shapes):
    """The model with a size for every dimension of its inputs."""
    model = onnx.load(path)
    stored = {tensor.name for tensor in model.graph.initializer}
    for value in model.graph.input:
        if value.name in stored:
            continue
        for axis, dim in enumerate(value.type.tensor_type.shape.dim):
            if value.name in shapes:
                dim.dim_value = shapes[value.name][axis]
            elif dim.dim_value < 1:
                dim.dim_value = 1
    # What was inferred for other sizes contradicts these.
    del model.graph.value_info[:]
    for value in model.graph.output:
        for dim in value.type.tensor_type.shape.dim:
            dim.Clear()
    return model


LAYERS = {"Convolution": "Conv", "FullyConnected": "MatMul", "MatMul": "MatMul", "Deconvolution": "ConvTranspose"}


def openvino(model):
    import openvino as ov

    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.onnx")
        onnx.save(model, path)
        version = ov.__version__.split("-")[0]
        try:
            compiled = ov.Core().compile_model(path, "CPU", {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 2})
        except RuntimeError as error:
            return {"version": version, "errors": [str(error)], "refused": True, "passes": False}
        integer, floats = 0, []
        for node in compiled.get_runtime_model().get_ordered_ops():
            info = node.get_rt_info()
            kind = str(info["layerType"].astype(str))
            if kind not in LAYERS:
                continue
            primitive = str(info["primitiveType"].astype(str))
            if primitive.lower().endswith("_i8"):
                integer += 1
            else:
                floats.append(f'{kind} {info["originalLayersNames"].astype(str)}: {primitive}')
    return {"version": version, "layers": integer + len(floats), "integer": integer, "float": floats, "passes": not floats}


def tensorrt(model):
    import tensorrt_rtx_bindings as trt

    messages = []

    class Log(trt.ILogger):
        def __init__(self):
            trt.ILogger.__init__(self)

        def log(self, severity, message):
            if severity <= trt.ILogger.ERROR:
                messages.append(message)

    log = Log()
    builder = trt.Builder(log)
    network = builder.create_network(1 << int(trt.NetworkDefinitionCreationFlag.STRONGLY_TYPED))
    parser = trt.OnnxParser(network, log)
    result = {"version": trt.__version__}
    if not parser.parse(model.SerializeToString()):
        errors = [f"{error.node_name()}: {error.desc()}" for error in (parser.get_error(index) for index in range(parser.num_errors))]
        return {**result, "float": errors or messages, "passes": False}
    config = builder.create_builder_config()
    config.num_compute_capabilities = 1
    config.set_compute_capability(trt.ComputeCapability.SM86, 0)
    engine = builder.build_serialized_network(network, config)
    kinds = {trt.LayerType.CONVOLUTION, trt.LayerType.DECONVOLUTION, trt.LayerType.MATRIX_MULTIPLY}
    layers = [network.get_layer(index) for index in range(network.num_layers)]
    makers = {layer.get_output(index).name: layer for layer in layers for index in range(layer.num_outputs)}
    floats, integer = [], 0
    for layer in layers:
        if layer.type not in kinds:
            continue
        if all(dequantized(layer.get_input(index), makers, trt) for index in range(layer.num_inputs) if index < 2 and layer.get_input(index) is not None):
            integer += 1
        else:
            floats.append(layer.name)
    return {**result, "layers": integer + len(floats), "integer": integer, "float": floats, "engine_bytes": 0 if engine is None else engine.nbytes, "errors": messages, "passes": engine is not None}


def dequantized(tensor, makers, trt):
    """Whether a value comes from a dequantization, through what only moves it."""
    moving = {trt.LayerType.SHUFFLE, trt.LayerType.IDENTITY, trt.LayerType.SLICE}
    layer = makers.get(tensor.name)
    while layer is not None and layer.type in moving:
        layer = makers.get(layer.get_input(0).name)
    return layer is not None and layer.type == trt.LayerType.DEQUANTIZE


def qnn(model):
    import onnxruntime as ort
    import onnxruntime_qnn as plugin

    name = plugin.EP_NAME
    if not any(device.ep_name == name for device in ort.get_ep_devices()):
        ort.register_execution_provider_library(name, plugin.get_library_path())
    devices = [device for device in ort.get_ep_devices() if device.ep_name == name]
    options = ort.SessionOptions()
    options.log_severity_level = 3
    options.add_session_config_entry("session.disable_cpu_ep_fallback", "1")
    options.add_provider_for_devices(devices[:1], {"backend_path": plugin.get_qnn_htp_path(), "soc_model": "57", "htp_arch": "75", "offload_graph_io_quantization": "0"})
    result = {"version": plugin.__version__}
    try:
        ort.InferenceSession(model.SerializeToString(), options)
    except Exception as error:
        return {**result, "errors": [str(error)], "passes": False}
    return {**result, "passes": True}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("runtime", choices=["openvino", "tensorrt", "qnn"])
    parser.add_argument("models", nargs="+")
    parser.add_argument("--shape", action="append", default=[])
    options = parser.parse_args()
    shapes = {name: [int(size) for size in sizes.split(",")] for name, sizes in (shape.rsplit("=", 1) for shape in options.shape)}
    oracle = {"openvino": openvino, "tensorrt": tensorrt, "qnn": qnn}[options.runtime]
    passed = True
    for path in options.models:
        found = oracle(fixed(path, shapes))
        passed = passed and found["passes"]
        print(json.dumps({"model": os.path.basename(path), "runtime": options.runtime, **found}), flush=True)
    sys.exit(0 if passed else 1)


if __name__ == "__main__":
    main()
