"""Trains the learned detector of our own and writes it as ONNX.

    python3 -m venv .venv-train && .venv-train/bin/pip install -r models/requirements.txt
    models/make_data.sh DATA                       # renders scenes and cuts labelled patches, some minutes
    .venv-train/bin/python models/train.py DATA    # writes models/vehicle.onnx, prints errors on held-out patches

DATA holds folders written by `phasewise simulate --crops`: those named train-* are trained on, those named test-* only
measured. A patch is "occupied" when a vehicle stands on a meter or more of its piece of road, "empty" when nobody does; what
is between is not used. Plain numpy; the same seed gives the same model on the same machine.
"""

import argparse
import csv
import pathlib

import numpy as np

SIDE = 32
SPREAD_MIN = 14.0  # as SPREAD_MIN in src/camera/learned/patch.rs
OCCUPIED_M = 1.0
# Layers: convolutions of 5x5, 3x3 and 3x3 with stride 2, then two full ones.
CHANNELS = [3, 12, 24, 32]
KERNELS = [5, 3, 3]
HIDDEN = 32


def normalized(patches):
    """Patches without the brightness and contrast of the day, as `Patch::normalized` does it; float32, N x 3 x 32 x 32."""
    x = patches.astype(np.float32)
    mean = x.mean(axis=(1, 2, 3), keepdims=True)
    spread = np.maximum(x.std(axis=(1, 2, 3), keepdims=True), SPREAD_MIN)
    return np.ascontiguousarray(((x - mean) / spread).transpose(0, 3, 1, 2))


def read(folder):
    """Patches (N x 32 x 32 x 3, blue first) and rows of one folder."""
    with open(folder / "patches.ppm", "rb") as file:
        assert file.readline() == b"P6\n"
        wide, high = map(int, file.readline().split())
        assert wide == SIDE and file.readline() == b"255\n"
        pixels = np.frombuffer(file.read(), np.uint8).reshape(-1, SIDE, SIDE, 3)[..., ::-1]
    with open(folder / "labels.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(pixels) == high // SIDE
    return pixels, rows


def labelled(folders):
    """Patches and labels; what is neither occupied nor empty is left out."""
    patches, labels = [], []
    for folder in folders:
        pixels, rows = read(folder)
        covered = np.array([float(row["covered_m"]) for row in rows])
        keep = (covered == 0) | (covered >= OCCUPIED_M)
        patches.append(pixels[keep])
        labels.append((covered[keep] >= OCCUPIED_M).astype(np.float32))
    return np.concatenate(patches), np.concatenate(labels)


def augmented(patches, rng):
    """Seen by another camera: mirrored, moved by up to two pixels, brighter or darker, blurred, grayer, noisy."""
    x = patches.astype(np.float32)
    flip = rng.random(len(x)) < 0.5
    x[flip] = x[flip, :, ::-1]
    out = np.empty_like(x)
    for i, one in enumerate(x):
        down, across = rng.integers(-2, 3, 2)
        one = np.roll(one, (down, across), (0, 1))
        out[i] = one
    blur = rng.random(len(x)) < 0.4
    b = out[blur]
    out[blur] = (2 * b + np.roll(b, 1, 2) + np.roll(b, -1, 2) + np.roll(b, 1, 1) + np.roll(b, -1, 1)) / 6
    shape = (len(x), 1, 1, 1)
    gray = out.mean(axis=3, keepdims=True)
    out = gray + (out - gray) * rng.uniform(0, 1.3, shape)
    out = out * rng.uniform(0.6, 1.4, shape) + rng.uniform(-20, 20, shape)
    out += rng.normal(0, 1, out.shape) * rng.uniform(0, 7, shape)
    return np.clip(out, 0, 255)


def columns(x, kernel):
    """Windows of a convolution with stride 2 and padding kernel // 2: N, C, H, W -> N, H/2, W/2, C * kernel^2."""
    pad = kernel // 2
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    windows = np.lib.stride_tricks.sliding_window_view(x, (kernel, kernel), axis=(2, 3))[:, :, ::2, ::2]
    n, c, h, w = windows.shape[:4]
    return windows.transpose(0, 2, 3, 1, 4, 5).reshape(n * h * w, c * kernel * kernel), (n, h, w)


class Net:
    def __init__(self, rng):
        self.w, self.b = [], []
        for before, after, kernel in zip(CHANNELS, CHANNELS[1:], KERNELS):
            self.add(rng, before * kernel * kernel, after)
        self.add(rng, CHANNELS[-1] * (SIDE // 8) ** 2, HIDDEN)
        self.add(rng, HIDDEN, 1)
        self.m = [np.zeros_like(p) for p in self.w + self.b]
        self.v = [np.zeros_like(p) for p in self.w + self.b]
        self.steps = 0

    def add(self, rng, inputs, outputs):
        self.w.append((rng.normal(0, 1, (inputs, outputs)) * np.sqrt(2 / inputs)).astype(np.float32))
        self.b.append(np.zeros(outputs, np.float32))

    def forward(self, x):
        """Logits, and what `backward` needs."""
        kept = []
        for layer, kernel in enumerate(KERNELS):
            cols, (n, h, w) = columns(x, kernel)
            y = np.maximum(cols @ self.w[layer] + self.b[layer], 0)
            kept.append((cols, y, x.shape))
            x = y.reshape(n, h, w, -1).transpose(0, 3, 1, 2)
        flat = np.ascontiguousarray(x).reshape(len(x), -1)
        hidden = np.maximum(flat @ self.w[3] + self.b[3], 0)
        return (hidden @ self.w[4] + self.b[4])[:, 0], (kept, flat, hidden)

    def backward(self, error, memory):
        """Gradients of weights and offsets; `error` is that of the logits."""
        kept, flat, hidden = memory
        gw, gb = [None] * 5, [None] * 5
        error = error[:, None]
        gw[4], gb[4] = hidden.T @ error, error.sum(0)
        error = (error @ self.w[4].T) * (hidden > 0)
        gw[3], gb[3] = flat.T @ error, error.sum(0)
        error = (error @ self.w[3].T).reshape(len(flat), CHANNELS[-1], SIDE // 8, SIDE // 8)
        for layer in reversed(range(3)):
            cols, y, shape = kept[layer]
            error = error.transpose(0, 2, 3, 1).reshape(-1, CHANNELS[layer + 1]) * (y > 0)
            gw[layer], gb[layer] = cols.T @ error, error.sum(0)
            if layer:
                n, c, h, w = shape
                kernel, pad = KERNELS[layer], KERNELS[layer] // 2
                parts = (error @ self.w[layer].T).reshape(n, h // 2, w // 2, c, kernel, kernel)
                full = np.zeros((n, c, h + 2 * pad, w + 2 * pad), np.float32)
                for i in range(kernel):
                    for j in range(kernel):
                        full[:, :, i : i + h : 2, j : j + w : 2] += parts[..., i, j].transpose(0, 3, 1, 2)
                error = full[:, :, pad : pad + h, pad : pad + w]
        return gw + gb

    def step(self, gradients, rate):
        """Adam, with a little decay of weights."""
        self.steps += 1
        for i, (p, g) in enumerate(zip(self.w + self.b, gradients)):
            g = g + 1e-4 * p
            self.m[i] = 0.9 * self.m[i] + 0.1 * g
            self.v[i] = 0.999 * self.v[i] + 0.001 * g * g
            m, v = self.m[i] / (1 - 0.9**self.steps), self.v[i] / (1 - 0.999**self.steps)
            p -= rate * m / (np.sqrt(v) + 1e-8)

    def likely(self, x):
        """How likely somebody is there."""
        logits = np.concatenate([self.forward(x[i : i + 512])[0] for i in range(0, len(x), 512)])
        return 1 / (1 + np.exp(-logits))


def train(patches, labels, epochs, rng, batch=128):
    net = Net(rng)
    total, done = epochs * (len(labels) // batch), 0
    # Both answers count as much, however often each occurs.
    share = labels.mean()
    weight = np.where(labels > 0.5, 0.5 / share, 0.5 / (1 - share)).astype(np.float32)
    for epoch in range(epochs):
        order, loss = rng.permutation(len(labels)), 0.0
        for at in range(0, len(order) - batch + 1, batch):
            pick = order[at : at + batch]
            x = normalized(augmented(patches[pick], rng))
            logits, memory = net.forward(x)
            p = 1 / (1 + np.exp(-logits))
            # A little doubt about labels keeps it from being surer than it can be.
            wanted = labels[pick] * 0.96 + 0.02
            net.step(net.backward((p - wanted) * weight[pick] / batch, memory), 2e-3 * (1 - done / total) + 1e-5)
            done += 1
            loss -= np.mean(wanted * np.log(p + 1e-7) + (1 - wanted) * np.log(1 - p + 1e-7))
        print(f"epoch {epoch + 1}: loss {loss / max(1, len(order) // batch):.3f}", flush=True)
    return net


def write(net, path):
    """ONNX of operators that OpenCV 4.6 knows. Input "patches", N x 3 x 32 x 32; output "occupied", N x 1, 0 to 1."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    nodes, weights, last = [], [], "patches"
    def weight(name, value):
        weights.append(numpy_helper.from_array(np.ascontiguousarray(value, np.float32), name))
        return name
    for layer, kernel in enumerate(KERNELS):
        w = net.w[layer].reshape(CHANNELS[layer], kernel, kernel, CHANNELS[layer + 1]).transpose(3, 0, 1, 2)
        inputs = [last, weight(f"conv{layer}.w", w), weight(f"conv{layer}.b", net.b[layer])]
        nodes.append(helper.make_node("Conv", inputs, [f"conv{layer}"], kernel_shape=[kernel] * 2, strides=[2, 2], pads=[kernel // 2] * 4))
        nodes.append(helper.make_node("Relu", [f"conv{layer}"], [f"relu{layer}"]))
        last = f"relu{layer}"
    nodes.append(helper.make_node("Flatten", [last], ["flat"], axis=1))
    for layer, (last, name) in enumerate([("flat", "hidden"), ("hidden_relu", "logit")], 3):
        inputs = [last, weight(f"full{layer}.w", net.w[layer].T), weight(f"full{layer}.b", net.b[layer])]
        nodes.append(helper.make_node("Gemm", inputs, [name], transB=1))
        if layer == 3:
            nodes.append(helper.make_node("Relu", [name], ["hidden_relu"]))
    nodes.append(helper.make_node("Sigmoid", ["logit"], ["occupied"]))
    shape = lambda name, dims: helper.make_tensor_value_info(name, TensorProto.FLOAT, dims)
    graph = helper.make_graph(nodes, "vehicle", [shape("patches", ["N", 3, SIDE, SIDE])], [shape("occupied", ["N", 1])], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)], producer_name="phasewise models/train.py")
    model.ir_version = 6
    onnx.checker.check_model(model)
    onnx.save(model, path)


def measure(net, folders):
    """Errors by folder, at 0.5, and when it is sure (below 0.1, above 0.9)."""
    print(f"{'held out':28}{'empty':>7}{'occup.':>7}{'false':>8}{'miss':>8}{'AUC':>7}{'zone false':>11}{'zone miss':>10}")
    for folder in folders:
        pixels, rows = read(folder)
        covered = np.array([float(row["covered_m"]) for row in rows])
        keep = (covered == 0) | (covered >= OCCUPIED_M)
        p, y = net.likely(normalized(pixels[keep])), covered[keep] > 0
        false, miss = (p[~y] > 0.5).mean(), (p[y] <= 0.5).mean()
        ranks = np.argsort(np.argsort(p))
        auc = (ranks[y].sum() - y.sum() * (y.sum() - 1) / 2) / max(1, y.sum() * (~y).sum())
        told = np.array([row["told"] for row in rows])[keep]
        zone = told != ""
        says = told == "1"
        print(
            f"{folder.name:28}{(~y).sum():7}{y.sum():7}{false:8.1%}{miss:8.1%}{auc:7.3f}"
            f"{(says & ~y & zone).sum() / max(1, (~y & zone).sum()):11.1%}{(~says & y & zone).sum() / max(1, (y & zone).sum()):10.1%}"
            f"   model at zones {(p[zone & ~y] > 0.5).mean():.1%} {(p[zone & y] <= 0.5).mean():.1%}"
        )


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("data", type=pathlib.Path)
    arguments.add_argument("--output", type=pathlib.Path, default=pathlib.Path(__file__).parent / "vehicle.onnx")
    arguments.add_argument("--epochs", type=int, default=12)
    arguments.add_argument("--seed", type=int, default=1)
    arguments = arguments.parse_args()
    def folders(part):
        return sorted(path for path in arguments.data.glob(f"{part}-*") if (path / "labels.csv").exists())

    rng = np.random.default_rng(arguments.seed)
    patches, labels = labelled(folders("train"))
    print(f"{len(labels)} patches, {labels.mean():.0%} of them occupied")
    net = train(patches, labels, arguments.epochs, rng)
    print(f"{sum(p.size for p in net.w + net.b)} weights")
    write(net, arguments.output)
    measure(net, folders("test"))


if __name__ == "__main__":
    main()
