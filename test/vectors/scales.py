"""Writes scales.json: scales and zero points that onnxruntime's quantizer gives for ranges of every kind.

Run with onnxruntime 1.30 and numpy: python test/vectors/scales.py
"""
import json
import pathlib

import numpy
import onnxruntime
from onnxruntime.quantization import quant_utils

TYPES = {"uint8": 2, "int8": 3, "uint16": 4, "int16": 5, "uint4": 21, "int4": 22}
rng = numpy.random.default_rng(20)


def ranges():
    yield from [(0, 0), (0, 1), (-1, 0), (-1, 1), (0.5, 2), (-3, -1), (-0.0, 0.0), (1e-45, 1e-44), (-1e-38, 1e-38)]
    yield from [(-3e-36, 1e-36), (0, 1.5e38), (-1e38, 1e38), (-1, 1e10), (-1e10, 1e-10), (-127, 127), (-128, 127), (0, 255)]
    for _ in range(60):
        ends = rng.standard_normal(2) * 10.0 ** rng.uniform(-12, 12, 2)
        yield min(ends), max(ends)


def rows():
    for low, high in ranges():
        low, high = numpy.float32(low), numpy.float32(high)
        for name, kind in TYPES.items():
            for symmetric in (False, True):
                lowest, highest = quant_utils.get_qmin_qmax_for_qType(kind, symmetric=symmetric)
                zero_point, scale = quant_utils.compute_scale_zp(low, high, lowest, highest, symmetric)
                yield [name, symmetric, float(low), float(high), float(scale), int(zero_point)]


path = pathlib.Path(__file__).with_suffix(".json")
lines = ",\n".join(json.dumps(row) for row in rows())
path.write_text(f'{{"onnxruntime": "{onnxruntime.__version__}", "rows": [\n{lines}\n]}}\n')
