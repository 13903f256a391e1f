"""Writes tiny ONNX files with the outputs of YOLOv5 and YOLOv8, for the tests of the decoder.

    python models/tiny_yolo.py tests/it/camera/models

They have learned nothing: whatever the picture, they see the same few boxes, weighted with a sum of the picture times zero.
"""

import pathlib
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SIDE = 64
# Middle and size in a picture of 64 x 64, how sure, class of COCO.
BOXES = [
    (16, 40, 20, 24, 0.9, 2),  # a car,
    (17, 41, 20, 24, 0.8, 2),  # the same car again,
    (48, 20, 12, 30, 0.95, 0),  # a person,
    (48, 40, 16, 16, 0.05, 7),  # hardly a truck.
]


def write(path, numbers):
    # OpenCV wants layers that depend on the input: one number of it, times zero, is added to constant boxes by a full layer.
    weights = numpy_helper.from_array(np.zeros((numbers.size, 3), np.float32), "weights")
    offsets = numpy_helper.from_array(np.ascontiguousarray(numbers, np.float32).reshape(-1), "offsets")
    shape = numpy_helper.from_array(np.array([1, *numbers.shape], np.int64), "shape")
    nodes = [
        helper.make_node("GlobalAveragePool", ["images"], ["mean"]),
        helper.make_node("Flatten", ["mean"], ["flat"], axis=1),
        helper.make_node("Gemm", ["flat", "weights", "offsets"], ["row"], transB=1),
        helper.make_node("Reshape", ["row", "shape"], ["output0"]),
    ]
    info = lambda name, dims: helper.make_tensor_value_info(name, TensorProto.FLOAT, dims)
    graph = helper.make_graph(
        nodes, "tiny", [info("images", [1, 3, SIDE, SIDE])], [info("output0", [1, *numbers.shape])], [weights, offsets, shape]
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)], producer_name="phasewise models/tiny_yolo.py")
    model.ir_version = 6
    onnx.checker.check_model(model)
    onnx.save(model, path)


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    rows = np.zeros((len(BOXES), 85), np.float32)
    for row, (*place, sure, kind) in zip(rows, BOXES):
        row[:4], row[4], row[5 + kind] = place, sure, 1
    columns = np.concatenate([rows[:, :4], rows[:, 4:5] * rows[:, 5:]], axis=1).T
    write(folder / "yolo_rows.onnx", rows)
    write(folder / "yolo_columns.onnx", columns)
    # As a YOLO of one class: no layout that is known.
    write(folder / "one_class.onnx", rows[:, :6])


if __name__ == "__main__":
    main()
