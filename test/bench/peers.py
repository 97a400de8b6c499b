"""One job of a peer, timed without its imports: prints {"seconds": …, "peak_bytes": …}, or {"missing": module}.

    peers.py JOB MODEL [OUT]
"""
import json
import resource
import sys
import time


def open_model(model, _):
    import onnx

    def job():
        onnx.shape_inference.infer_shapes(onnx.load(model))

    return job


def open_structure(model, _):
    import onnx

    def job():
        onnx.shape_inference.infer_shapes(onnx.load(model, load_external_data=False))

    return job


def symbolic(model, _):
    import onnx
    import sympy  # noqa: F401  (named here, so that a report can name what is missing)
    from onnxruntime.tools.symbolic_shape_infer import SymbolicShapeInference

    return lambda: SymbolicShapeInference.infer_shapes(onnx.load(model), auto_merge=True)


def dynamic_int8(model, out):
    from onnxruntime.quantization import QuantType, quantize_dynamic

    return lambda: quantize_dynamic(model, out, weight_type=QuantType.QInt8, per_channel=True)


def matmul_int4(model, out):
    import onnx
    from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer

    def job():
        quantizer = MatMulNBitsQuantizer(onnx.load(model), bits=4, block_size=32, is_symmetric=True)
        quantizer.process()
        quantizer.model.save_model_to_file(out, use_external_data_format=False)

    return job


def nncf_weights(mode, **options):
    def prepare(model, out):
        import nncf
        import onnx

        def job():
            compressed = nncf.compress_weights(onnx.load(model), mode=getattr(nncf.CompressWeightsMode, mode), **options)
            onnx.save(compressed, out)

        return job

    return prepare


JOBS = {
    "open": open_model,
    "open-structure": open_structure,
    "symbolic": symbolic,
    "dynamic-int8": dynamic_int8,
    "matmul-int4": matmul_int4,
    "nncf-int8": nncf_weights("INT8_SYM"),
    "nncf-int4": nncf_weights("INT4_SYM", group_size=32, ratio=1.0, all_layers=True),
}


def main():
    name, model, out = sys.argv[1], sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else ""
    try:
        job = JOBS[name](model, out)
    except ImportError as error:
        print(json.dumps({"missing": error.name}))
        return
    started = time.perf_counter()
    job()
    seconds = time.perf_counter() - started
    print(json.dumps({"seconds": seconds, "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}))


main()
