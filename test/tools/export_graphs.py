"""Writes test/vectors/graphs/*.onnx.gz: real networks as PyTorch's exporters write them, without their weights.

    python test/tools/export_graphs.py [--all FOLDER] [NAME ...]    (needs torch, torchvision, timm, transformers, onnx, onnxruntime)

The definitions are those of torchvision, timm and transformers with random weights. Of each graph the structure is kept:
floats of more than a few elements are declared to be in another file, which does not exist; integers stay, because
extents are computed from them. Types of intermediate values and shapes of the outputs are left out, so that inference
has to work them out. What the outputs of every operator really are is measured with onnxruntime and kept in the
metadata, as JSON: `shapes`, the dimensions of the first output of each node of the main graph (null where it has none),
`dimensions`, the extents that the named dimensions had then, and `weights`, the number of elements of the module's parameters.

--all also writes the many variants (exporters, operator sets) that are too large to keep, into a folder of its own.
"""
import argparse
import gzip
import io
import json
import os
import sys
import tempfile
import time
import traceback
import warnings
from functools import partial

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.transformers.optimizer import optimize_model

try:
    import torchvision
except RuntimeError:
    # A torchvision that was built for another torch lacks its compiled operators. Tracing only needs something of their shape.
    library = torch.library.Library("torchvision", "DEF")
    library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    library.define("roi_align(Tensor input, Tensor rois, float spatial_scale, SymInt pooled_height, SymInt pooled_width, int sampling_ratio, bool aligned) -> Tensor")
    library.impl("nms", lambda dets, scores, iou_threshold: torch.argsort(scores, descending=True)[: max(1, scores.shape[0] // 2)], "CPU")
    library.impl("roi_align", lambda values, rois, scale, height, width, *rest: values.new_zeros((rois.shape[0], values.shape[1], height, width)), "CPU")
    for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
        del sys.modules[name]
    import torchvision

    def compiled_operators_exist():
        return True

    torchvision.extension._HAS_OPS = True
    torchvision.extension._has_ops = compiled_operators_exist
    sys.modules["torchvision.ops.roi_align"]._has_ops = compiled_operators_exist

import timm
import transformers

HERE = os.path.dirname(os.path.abspath(__file__))
KEPT_FLOATS = 16
KEPT_INTEGERS = 4096


class Wrapped(torch.nn.Module):
    """Calls a transformers model by keyword and gives its tensors back."""

    def __init__(self, model, names, pick):
        super().__init__()
        self.model, self.names, self.pick = model, names, pick

    def forward(self, *values):
        return self.pick(self.model(**dict(zip(self.names, values)), return_dict=True))


def image(size, batch=1):
    return torch.randn(batch, 3, size, size)


def vision(name, size=224, batch=1, **options):
    def make():
        options.setdefault("init_weights", False) if name in ("inception_v3", "googlenet") else None
        return getattr(torchvision.models, name)(weights=None, **options), (image(size, batch),)
    return make


def segmentation(name, size=520, **options):
    def make():
        model = getattr(torchvision.models.segmentation, name)(weights=None, weights_backbone=None, **options)
        return model, (image(size),)
    return make


def detection(name, size=320, **options):
    def make():
        return getattr(torchvision.models.detection, name)(weights=None, weights_backbone=None, **options), ([torch.randn(3, size, size)],)
    return make


def from_timm(name, size=224, batch=1):
    def make():
        return timm.create_model(name, pretrained=False), (image(size, batch),)
    return make


def tokens(batch, length):
    return torch.randint(0, 100, (batch, length))


def bert(length=128, batch=1):
    model = transformers.BertModel(transformers.BertConfig(attn_implementation="eager"))
    return Wrapped(model, ["input_ids", "attention_mask", "token_type_ids"], lambda out: (out.last_hidden_state, out.pooler_output)), (tokens(batch, length), torch.ones(batch, length, dtype=torch.int64), torch.zeros(batch, length, dtype=torch.int64))


def gpt2(length=8, batch=1):
    model = transformers.GPT2LMHeadModel(transformers.GPT2Config(use_cache=False, attn_implementation="eager"))
    return Wrapped(model, ["input_ids", "attention_mask"], lambda out: out.logits), (tokens(batch, length), torch.ones(batch, length, dtype=torch.int64))


def t5(length=8, batch=1):
    config = transformers.T5Config(d_model=64, d_kv=16, d_ff=128, num_layers=2, num_heads=4, use_cache=False)
    model = transformers.T5ForConditionalGeneration(config)
    return Wrapped(model, ["input_ids", "decoder_input_ids"], lambda out: out.logits), (tokens(batch, length), tokens(batch, length))


def whisper_encoder():
    config = transformers.WhisperConfig(d_model=512, encoder_layers=6, decoder_layers=6, encoder_attention_heads=8, decoder_attention_heads=8, encoder_ffn_dim=2048, decoder_ffn_dim=2048, attn_implementation="eager", use_cache=False)
    return Wrapped(transformers.WhisperModel(config).encoder, ["input_features"], lambda out: out.last_hidden_state), (torch.randn(1, 80, 3000),)


def whisper():
    config = transformers.WhisperConfig(d_model=64, encoder_layers=2, decoder_layers=2, encoder_attention_heads=4, decoder_attention_heads=4, encoder_ffn_dim=128, decoder_ffn_dim=128, attn_implementation="eager", use_cache=False)
    model = transformers.WhisperForConditionalGeneration(config)
    return Wrapped(model, ["input_features", "decoder_input_ids", "decoder_attention_mask"], lambda out: out.logits), (torch.randn(1, 80, 3000), tokens(1, 4), torch.ones(1, 4, dtype=torch.int64))


def llama(length=16, batch=1):
    config = transformers.LlamaConfig(hidden_size=128, intermediate_size=256, num_hidden_layers=2, num_attention_heads=8, num_key_value_heads=2, vocab_size=512, use_cache=False, attn_implementation="eager")
    return Wrapped(transformers.LlamaForCausalLM(config), ["input_ids", "attention_mask"], lambda out: out.logits), (tokens(batch, length), torch.ones(batch, length, dtype=torch.int64))


def fused_llama(length=16, past=4):
    """A decoder as generation libraries write it: GroupQueryAttention with its cache, 4-bit products, fused norms."""
    hidden, heads, kv_heads, width, inner, words, batch, block = 128, 8, 2, 16, 256, 512, 1, 32
    nodes, weights = [], []

    def weight(name, *dims, kind=np.float32):
        values = np.random.default_rng(7).integers(0, 255, dims) if kind == np.uint8 else np.random.default_rng(7).normal(size=dims)
        weights.append(numpy_helper.from_array(values.astype(kind), name))
        return name

    def product(x, name, k, n):
        blocks = k // block
        nodes.append(helper.make_node("MatMulNBits", [x, weight(f"{name}.q", n, blocks, block // 2, kind=np.uint8), weight(f"{name}.s", n * blocks)], [name], name, domain="com.microsoft", K=k, N=n, bits=4, block_size=block))
        return name

    nodes.append(helper.make_node("Gather", [weight("table", words, hidden), "input_ids"], ["embedded"], "embed"))
    nodes.append(helper.make_node("SimplifiedLayerNormalization", ["embedded", weight("norm", hidden)], ["normed"], "norm", axis=-1))
    nodes.append(helper.make_node("Shape", ["mask"], ["mask_shape"], "mask_shape"))
    nodes.append(helper.make_node("Gather", ["mask_shape", "axis_one"], ["total_long"], "total_long", axis=0))
    nodes.append(helper.make_node("Cast", ["total_long"], ["total"], "total", to=TensorProto.INT32))
    q, k, v = product("normed", "q", hidden, heads * width), product("normed", "k", hidden, kv_heads * width), product("normed", "v", hidden, kv_heads * width)
    nodes.append(helper.make_node("GroupQueryAttention", [q, k, v, "past_key", "past_value", "lengths", "total"], ["attended", "present_key", "present_value"], "attention", domain="com.microsoft", num_heads=heads, kv_num_heads=kv_heads))
    o = product("attended", "o", heads * width, hidden)
    nodes.append(helper.make_node("SkipSimplifiedLayerNormalization", ["embedded", o, weight("norm2", hidden)], ["normed2", "", "", "sum"], "norm2", domain="com.microsoft"))
    gate, up = product("normed2", "gate", hidden, inner), product("normed2", "up", hidden, inner)
    nodes.append(helper.make_node("Sigmoid", [gate], ["open"], "sigmoid"))
    nodes.append(helper.make_node("Mul", [gate, "open"], ["silu"], "silu"))
    nodes.append(helper.make_node("Mul", ["silu", up], ["gated"], "gated"))
    down = product("gated", "down", inner, hidden)
    nodes.append(helper.make_node("SkipSimplifiedLayerNormalization", ["sum", down, weight("norm3", hidden)], ["normed3"], "norm3", domain="com.microsoft"))
    logits = product("normed3", "logits", hidden, words)
    weights.append(numpy_helper.from_array(np.array(1, dtype=np.int64), "axis_one"))
    info = helper.make_tensor_value_info
    caches = [info(f"past_{part}", TensorProto.FLOAT, ["batch", kv_heads, "past", width]) for part in ("key", "value")]
    inputs = [info("input_ids", TensorProto.INT64, ["batch", "tokens"]), info("lengths", TensorProto.INT32, ["batch"]), info("mask", TensorProto.INT64, [batch, length + past]), *caches]
    graph = helper.make_graph(nodes, "llama", inputs, [info(logits, TensorProto.FLOAT, None), info("present_key", TensorProto.FLOAT, None), info("present_value", TensorProto.FLOAT, None)], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21), helper.make_opsetid("com.microsoft", 1)], ir_version=10)
    cache = torch.zeros(batch, kv_heads, past, width)
    return model, (tokens(batch, length), torch.full((batch,), length + past - 1, dtype=torch.int32), torch.ones(batch, length + past, dtype=torch.int64), cache, cache)


BATCH = {0: "batch"}
SQUARE = {0: "batch", 2: "height", 3: "width"}
TEXT = {0: "batch", 1: "tokens"}

# name: (maker, exporter, operator set, dynamic axes of each input); "built" stands for graphs that no exporter writes.
KEPT = {
    "resnet50": (vision("resnet50"), "script", 17, [SQUARE]),
    "mobilenetv3": (vision("mobilenet_v3_large"), "script", 13, [SQUARE]),
    "efficientnet-b0": (vision("efficientnet_b0", batch=2), "dynamo", 23, [BATCH]),
    "densenet121": (vision("densenet121"), "script", 17, None),
    "shufflenetv2": (vision("shufflenet_v2_x1_0"), "script", 11, None),
    "inceptionv3": (vision("inception_v3", 299, aux_logits=True), "script", 17, None),
    "convnext": (from_timm("convnext_atto"), "script", 13, [SQUARE]),
    "vit-b16": (vision("vit_b_16", batch=2), "dynamo", 23, [BATCH]),
    "vit-timm": (from_timm("vit_tiny_patch16_224"), "script", 14, [BATCH]),
    "swin-t": (vision("swin_t"), "script", 17, None),
    "swin-t-dynamo": (vision("swin_t"), "dynamo", 18, None),
    "fcn-resnet50": (segmentation("fcn_resnet50"), "script", 17, None),
    "deeplabv3": (segmentation("deeplabv3_mobilenet_v3_large"), "script", 13, [SQUARE]),
    "lraspp": (segmentation("lraspp_mobilenet_v3_large"), "script", 11, [SQUARE]),
    "ssdlite": (detection("ssdlite320_mobilenet_v3_large"), "script", 11, None),
    "retinanet": (detection("retinanet_resnet50_fpn"), "script", 17, None),
    "fasterrcnn": (detection("fasterrcnn_resnet50_fpn"), "script", 17, [{1: "height", 2: "width"}]),
    "bert": (bert, "script", 17, [TEXT, TEXT, TEXT]),
    "bert-fused": (partial(bert, length=128), "fused", 17, [TEXT, TEXT, TEXT]),
    "gpt2": (partial(gpt2, batch=2), "dynamo", 18, [TEXT, TEXT]),
    "t5": (t5, "script", 17, [TEXT, {0: "batch", 1: "written"}]),
    "whisper-encoder": (whisper_encoder, "script", 17, None),
    "whisper": (whisper, "dynamo", 18, None),
    "llama": (llama, "script", 17, [TEXT, TEXT]),
    "llama-fused": (fused_llama, "built", 21, [TEXT, {0: "batch"}, {}, {0: "batch", 2: "past"}, {0: "batch", 2: "past"}]),
}

MORE = {
    "resnet18-11": (vision("resnet18"), "script", 11, None),
    "resnet18-dynamo": (vision("resnet18"), "dynamo", 18, None),
    "vgg16-17": (vision("vgg16"), "script", 17, [BATCH]),
    "mobilenetv2-11": (vision("mobilenet_v2"), "script", 11, None),
    "mobilenetv3-small-17": (vision("mobilenet_v3_small"), "script", 17, None),
    "mobilenetv3-dynamo": (vision("mobilenet_v3_small", batch=2), "dynamo", 18, [SQUARE]),
    "efficientnet-b0-17": (vision("efficientnet_b0"), "script", 17, None),
    "efficientnet-timm-11": (from_timm("efficientnet_lite0"), "script", 11, [BATCH]),
    "shufflenetv2-dynamic": (vision("shufflenet_v2_x1_0"), "script", 17, [SQUARE]),
    "shufflenet-dynamo": (vision("shufflenet_v2_x1_0"), "dynamo", 20, None),
    "convnext-t-17": (vision("convnext_tiny"), "script", 17, None),
    "convnext-dynamo": (from_timm("convnext_atto", batch=2), "dynamo", 18, [SQUARE]),
    "vit-b16-17": (vision("vit_b_16"), "script", 17, [BATCH]),
    "swin-dynamic": (vision("swin_t"), "script", 17, [BATCH]),
    "swin-timm": (from_timm("swin_tiny_patch4_window7_224"), "script", 17, [BATCH]),
    "deeplab-dynamo": (segmentation("deeplabv3_mobilenet_v3_large", 256), "dynamo", 20, None),
    "fasterrcnn-11": (detection("fasterrcnn_mobilenet_v3_large_320_fpn"), "script", 11, None),
    "maskrcnn-17": (detection("maskrcnn_resnet50_fpn"), "script", 17, None),
    "bert-11": (bert, "script", 11, None),
    "bert-dynamo": (partial(bert, batch=2), "dynamo", 21, [TEXT, TEXT, TEXT]),
    "gpt2-17": (gpt2, "script", 17, [TEXT, TEXT]),
    "t5-dynamo": (partial(t5, batch=2), "dynamo", 18, [TEXT, {0: "batch", 1: "written"}]),
    "whisper-17": (whisper, "script", 17, [BATCH, {0: "batch", 1: "written"}, {0: "batch", 1: "written"}]),
    "llama-dynamo": (partial(llama, batch=2), "dynamo", 23, [TEXT, TEXT]),
}


def flat(values):
    if isinstance(values, torch.Tensor):
        return [values]
    return [tensor for value in (values.values() if isinstance(values, dict) else values) for tensor in flat(value)]


def vary(module):
    """Exporters join equal tensors, and all biases of a fresh network are 0."""
    with torch.no_grad():
        for name, tensor in [*module.named_parameters(), *module.named_buffers()]:
            if tensor.ndim == 1 and tensor.is_floating_point():
                tensor.uniform_(0.5, 1.5) if "var" in name else tensor.normal_()


def export(model, inputs, exporter, opset, axes):
    if exporter == "fused":
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "model.onnx")
            onnx.save(export(model, inputs, "script", opset, axes), path)
            return optimize_model(path, model_type="bert", num_heads=12, hidden_size=768).model
    file = io.BytesIO()
    names = [f"input{at}" for at in range(len(flat(inputs)))]
    if exporter == "script":
        dynamic = {} if axes is None else dict(zip(names, axes))
        with torch.no_grad():
            torch.onnx.export(model, inputs, file, dynamo=False, opset_version=opset, input_names=names, dynamic_axes=dynamic)
        return onnx.load_model_from_string(file.getvalue())
    shapes = None if axes is None else tuple({axis: torch.export.Dim(name, min=2, max=4096) for axis, name in of.items()} for of in axes)
    if shapes is not None and isinstance(model, Wrapped):
        shapes = (shapes,)
    with torch.no_grad():
        program = torch.onnx.export(model, inputs, dynamo=True, opset_version=opset, input_names=names, dynamic_shapes=shapes, verbose=False)
    return program.model_proto


def measured(model, inputs):
    """Dimensions of the first output of every node of the main graph, as onnxruntime computes them."""
    probe = onnx.ModelProto()
    probe.CopyFrom(model)
    wanted = [next((name for name in node.output if name), None) for node in model.graph.node]
    del probe.graph.output[:]
    probe.graph.output.extend(helper.make_empty_tensor_value_info(name) for name in dict.fromkeys(wanted) if name)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    feeds = {info.name: value.numpy() for info, value in zip(model.graph.input, flat(inputs))}
    session = onnxruntime.InferenceSession(probe.SerializeToString(), options, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    shapes = {name: None if isinstance(value, list) or value is None else list(np.shape(value)) for name, value in zip(names, session.run(names, feeds))}
    return [shapes.get(name) for name in wanted]


def strip(graph):
    del graph.value_info[:]
    for tensor in graph.initializer:
        strip_tensor(tensor)
    for node in graph.node:
        node.doc_string = ""
        del node.metadata_props[:]
        for attribute in node.attribute:
            if attribute.HasField("t"):
                strip_tensor(attribute.t)
            if attribute.HasField("g"):
                strip(attribute.g)


def strip_tensor(tensor):
    count = int(np.prod(tensor.dims))
    whole = tensor.data_type in (TensorProto.INT64, TensorProto.INT32, TensorProto.BOOL)
    tensor.doc_string = ""
    del tensor.metadata_props[:]
    if count <= (KEPT_INTEGERS if whole else KEPT_FLOATS):
        return
    bare = TensorProto(name=tensor.name, dims=tensor.dims, data_type=tensor.data_type, data_location=TensorProto.EXTERNAL)
    bare.external_data.add(key="location", value="weights.bin")
    bare.external_data.add(key="offset", value=str(strip_tensor.offset))
    strip_tensor.offset += count * 8
    tensor.CopyFrom(bare)


def structure(model, facts):
    strip_tensor.offset = 0
    bare = onnx.ModelProto()
    bare.CopyFrom(model)
    del bare.metadata_props[:]
    strip(bare.graph)
    bare.graph.doc_string = ""
    for function in bare.functions:
        function.doc_string = ""
        del function.value_info[:]
        del function.metadata_props[:]
        for node in function.node:
            node.doc_string = ""
            del node.metadata_props[:]
    for info in bare.graph.output:
        code = info.type.tensor_type.elem_type
        info.CopyFrom(helper.make_tensor_value_info(info.name, code, None))
    helper.set_model_props(bare, {name: json.dumps(fact, separators=(",", ":")) for name, fact in facts.items()})
    return bare.SerializeToString(deterministic=True)


def write(folder, name, case):
    maker, exporter, opset, axes = case
    start = time.time()
    torch.manual_seed(7)
    module, inputs = maker()
    if exporter == "built":
        model, module = module, torch.nn.Module()
    else:
        module.eval()
        vary(module)
        model = export(module, inputs, exporter, opset, axes)
    dimensions = {name: value.shape[axis] for value, of in zip(flat(inputs), axes or []) for axis, name in of.items()}
    weights = sum(parameter.numel() for parameter in {id(parameter): parameter for parameter in module.parameters()}.values())
    try:
        shapes = measured(model, inputs)
    except Exception as error:
        print(f"{name}: not measured: {str(error)[:200]}")
        shapes = []
    path = os.path.join(folder, f"{name}.onnx.gz")
    with gzip.GzipFile(path, "wb", compresslevel=9, mtime=0) as file:
        file.write(structure(model, {"shapes": shapes, "weights": weights, "dimensions": dimensions}))
    print(f"{name}: {len(model.graph.node)} nodes, {os.path.getsize(path)} bytes, {time.time() - start:.0f} s", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*")
    parser.add_argument("--all", metavar="FOLDER")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    torch.backends.mha.set_fastpath_enabled(False)
    kept = os.path.join(HERE, "..", "vectors", "graphs")
    os.makedirs(kept, exist_ok=True)
    failed = 0
    for name, case in {**KEPT, **(MORE if options.all else {})}.items():
        if options.names and name not in options.names:
            continue
        try:
            write(kept if name in KEPT else options.all, name, case)
        except Exception:
            failed += 1
            print(f"{name} cannot be exported: {traceback.format_exc(limit=-2)[-400:]}", flush=True)
    sys.exit(1 if failed else 0)


main()
