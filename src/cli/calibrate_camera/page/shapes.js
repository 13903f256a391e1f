// Arithmetic of shapes in a picture.

export const middle = (points) => {
  const sum = points.reduce(([x, y], [a, b]) => [x + a, y + b], [0, 0]);
  return [sum[0] / points.length, sum[1] / points.length];
};

/** Where the point `u` across (0 left, 1 right) and `v` along (0 front, 1 rear) of a view lies in the picture. */
export function onGround([frontLeft, frontRight, rearRight, rearLeft]) {
  // The projective map of the unit square onto four corners (Heckbert 1989, section 2.2.3).
  const [a, b, c, d] = [frontLeft, frontRight, rearRight, rearLeft];
  const sum = [0, 1].map((i) => a[i] - b[i] + c[i] - d[i]);
  const right = [0, 1].map((i) => b[i] - c[i]);
  const left = [0, 1].map((i) => d[i] - c[i]);
  const det = right[0] * left[1] - right[1] * left[0];
  const g = (sum[0] * left[1] - sum[1] * left[0]) / det;
  const h = (right[0] * sum[1] - right[1] * sum[0]) / det;
  return (u, v) => {
    const w = g * u + h * v + 1;
    const at = (i) => ((b[i] - a[i] + g * b[i]) * u + (d[i] - a[i] + h * d[i]) * v + a[i]) / w;
    return [at(0), at(1)];
  };
}

/** Lines across a view, each `step` meters: [[from, to, meters], …]. */
export function metersAcross(points, from_m, to_m) {
  const place = onGround(points);
  const length = to_m - from_m;
  const step = [5, 10, 20, 50, 100, 200].find((it) => length <= 9 * it) ?? 1000;
  const lines = [];
  for (let m = Math.ceil((from_m + 0.1) / step) * step; m < to_m - 0.1 && lines.length < 40; m += step) {
    const v = (m - from_m) / length;
    const ends = [place(0, v), place(1, v)];
    if (ends.flat().every(Number.isFinite)) lines.push([...ends, m]);
  }
  return lines;
}

/** An arrow from one place to another, as a path with a head of `size`. */
export function arrow([x, y], [tx, ty], size) {
  const length = Math.hypot(tx - x, ty - y) || 1;
  const [ux, uy] = [(tx - x) / length, (ty - y) / length];
  const side = (s) => `${tx - ux * size - s * uy * size * 0.6},${ty - uy * size + s * ux * size * 0.6}`;
  return `M${x},${y}L${tx},${ty}M${side(1)}L${tx},${ty}L${side(-1)}`;
}
