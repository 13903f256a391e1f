// The picture and what is drawn in it: shows items, and turns clicks and drags into points.

import { POINTS_DRAWN, endPoints, isWhole, keyOf } from './model.js';
import { arrow, metersAcross, middle } from './shapes.js';

const COLOR = { zone: 'var(--zone)', line: 'var(--line)', corners: 'var(--corners)' };
const CLICK_MAX_PX = 4;

function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) if (value != null) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

export class Canvas {
  /** `on` has begun(), changed(), selected(item), hover(place). */
  constructor(root, model, on) {
    Object.assign(this, { root, model, on, wrong: new Set(), active: null });
    const [width, height] = model.file.size_px;
    this.size = [width, height];
    this.box = [0, 0, width, height];
    this.image = svg('image', { href: 'picture', width, height, preserveAspectRatio: 'none' });
    this.layer = svg('g');
    root.replaceChildren(this.image, this.layer);
    root.addEventListener('pointerdown', (event) => this.down(event));
    root.addEventListener('pointermove', (event) => this.move(event));
    root.addEventListener('pointerup', (event) => this.up(event));
    root.addEventListener('pointercancel', () => { this.drag = null; });
    root.addEventListener('contextmenu', (event) => event.preventDefault());
    root.addEventListener('wheel', (event) => {
      event.preventDefault();
      this.zoom(event.deltaY < 0 ? 1.2 : 1 / 1.2, this.place(event));
    }, { passive: false });
    new ResizeObserver(() => this.show()).observe(root);
  }

  // ---------------------------------------------------------------- what is being drawn

  /** What the next click tells: 'points', 'toward', or nothing. */
  wants() {
    return this.model.item()?.step;
  }

  // ---------------------------------------------------------------- places

  /** Pixels of the picture per pixel of the screen. */
  scale() {
    const { width, height } = this.root.getBoundingClientRect();
    return Math.max(this.box[2] / (width || 1), this.box[3] / (height || 1));
  }

  place(event) {
    const matrix = this.root.getScreenCTM();
    const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
    return [x, y];
  }

  /** Within the picture, to a pixel; to half a pixel in small pictures. */
  snap([x, y]) {
    const step = this.size[0] < 640 ? 2 : 1;
    const side = (value, most) => Math.min(Math.max(Math.round(value * step) / step, 0), most);
    return [side(x, this.size[0]), side(y, this.size[1])];
  }

  zoom(factor, at) {
    const [left, top, width, height] = this.box;
    const [x, y] = at ?? [left + width / 2, top + height / 2];
    const wide = Math.min(Math.max(width / factor, this.size[0] / 20), this.size[0]);
    const by = wide / width;
    this.box = [x - (x - left) * by, y - (y - top) * by, wide, height * by];
    this.keepInside();
    this.show();
  }

  keepInside() {
    for (const side of [0, 1]) {
      this.box[side] = Math.min(Math.max(this.box[side], 0), this.size[side] - this.box[side + 2]);
    }
  }

  fit() {
    this.box = [0, 0, ...this.size];
    this.show();
  }

  // ---------------------------------------------------------------- clicks and drags

  down(event) {
    this.root.focus({ preventScroll: true });
    const at = this.place(event);
    const { point, shape, edge } = event.target.dataset;
    this.root.setPointerCapture(event.pointerId);
    const item = this.model.item();
    this.drag = { start: at, screen: [event.clientX, event.clientY], box: [...this.box], shape };
    if (event.button === 2 || event.altKey) {
      if (point != null && point !== 'toward') this.dropPoint(item, Number(point));
      this.drag = null;
    } else if (this.wants()) {
      this.drag.what = 'click';
    } else if (edge != null) {
      this.on.begun();
      item.points.splice(Number(edge) + 1, 0, this.snap(at));
      Object.assign(this.drag, { what: 'point', point: Number(edge) + 1, isMarked: true });
      this.active = Number(edge) + 1;
    } else if (point != null) {
      this.active = point === 'toward' ? point : Number(point);
      Object.assign(this.drag, { what: 'point', point: this.active });
    } else if (item && shape === keyOf(item)) {
      this.drag.what = 'shape';
      this.drag.from = JSON.parse(JSON.stringify([item.points, item.toward]));
    } else {
      this.drag.what = 'click';
    }
    this.show();
  }

  move(event) {
    const at = this.place(event);
    this.on.hover(this.snap(at));
    this.cursor = this.snap(at);
    const drag = this.drag;
    if (!drag) {
      if (this.wants()) this.show();
      return;
    }
    const far = Math.hypot(event.clientX - drag.screen[0], event.clientY - drag.screen[1]) > CLICK_MAX_PX;
    drag.isFar ||= far;
    const item = this.model.item();
    if (drag.what === 'click') {
      if (!drag.isFar) return;
      // The ground moves with the hand.
      const scale = this.scale();
      this.box[0] = drag.box[0] - (event.clientX - drag.screen[0]) * scale;
      this.box[1] = drag.box[1] - (event.clientY - drag.screen[1]) * scale;
      this.keepInside();
    } else if (drag.isFar || drag.isMarked) {
      if (!drag.isMarked) this.on.begun();
      drag.isMarked = true;
      if (drag.what === 'point') this.setPoint(item, drag.point, this.snap(at));
      else this.shift(item, drag.from, [at[0] - drag.start[0], at[1] - drag.start[1]]);
      this.on.changed(true);
    }
    this.show();
  }

  up(event) {
    const drag = this.drag;
    this.drag = null;
    if (!drag) return;
    if (drag.what === 'click' && !drag.isFar) this.click(this.snap(this.place(event)), drag.shape);
    else if (drag.isMarked) this.on.changed();
    this.show();
  }

  click(at, shape) {
    const item = this.model.item();
    const wanted = this.wants();
    if (!wanted) {
      const hit = this.model.items.find((it) => keyOf(it) === shape);
      this.active = null;
      this.on.selected(hit ?? null);
      return;
    }
    this.on.begun();
    if (wanted === 'toward') {
      item.toward = at;
      delete item.step;
    } else {
      item.points.push(at);
      if (item.points.length === POINTS_DRAWN[item.shape]) endPoints(item);
    }
    this.on.changed();
  }

  setPoint(item, point, at) {
    if (point === 'toward') item.toward = at;
    else item.points[point] = at;
  }

  shift(item, [points, toward], [dx, dy]) {
    // Stops at the edge as a whole.
    const room = (side, by) => {
      const all = points.map((point) => point[side]);
      return Math.min(Math.max(by, -Math.min(...all)), this.size[side] - Math.max(...all));
    };
    const by = this.snapStep([room(0, dx), room(1, dy)]);
    const moved = ([x, y]) => [x + by[0], y + by[1]];
    item.points = points.map(moved);
    item.toward = toward ? this.snap(moved(toward)) : null;
  }

  snapStep([x, y]) {
    const step = this.size[0] < 640 ? 2 : 1;
    return [Math.round(x * step) / step, Math.round(y * step) / step];
  }

  /** Moves the point that was touched last; whether there is one. */
  nudge(dx, dy) {
    const item = this.model.item();
    const old = this.active === 'toward' ? item?.toward : item?.points[this.active];
    if (!old) return false;
    this.on.begun();
    this.setPoint(item, this.active, this.snap([old[0] + dx, old[1] + dy]));
    this.on.changed();
    return true;
  }

  dropPoint(item, point) {
    if (item?.shape !== 'zone' || item.points.length <= 3) return;
    this.on.begun();
    item.points.splice(point, 1);
    this.active = null;
    this.on.changed();
  }

  // ---------------------------------------------------------------- showing

  show() {
    this.root.setAttribute('viewBox', this.box.join(' '));
    this.root.classList.toggle('drawing', this.wants() != null);
    const s = this.scale();
    const selected = this.model.item();
    const order = this.model.items.filter((item) => item !== selected).concat(selected ?? []);
    this.layer.replaceChildren(...order.map((item) => this.drawItem(item, item === selected, s)));
  }

  drawItem(item, isOn, s) {
    const color = COLOR[item.shape];
    const group = svg('g', { class: `${isOn ? 'on' : ''} ${this.wrong.has(item.id) ? 'wrong' : ''}`, stroke: color });
    const { points } = item;
    if (!points.length) return group;
    const isOpen = item.shape === 'line' || !isWhole(item);
    const text = points.map((point) => point.join(',')).join(' ');
    const tag = isOpen ? 'polyline' : 'polygon';
    group.append(svg(tag, { points: text, class: 'under' }));
    group.append(svg(tag, { points: text, class: 'shape', fill: isOpen ? 'none' : color, 'data-shape': keyOf(item) }));
    // A line is thin to hit: an unseen broad one helps.
    if (item.shape === 'line') {
      group.append(svg('polyline', { points: text, class: 'broad', 'data-shape': keyOf(item) }));
    }
    if (item.shape === 'corners' && points.length === 4) this.drawView(group, item, isOn, s);
    if (item.toward) group.append(svg('path', { class: 'arrow', d: arrow(middle(points), item.toward, 9 * s) }));
    const top = points.reduce((a, b) => (b[1] < a[1] ? b : a));
    group.append(this.label(item.id, [top[0] + 4 * s, top[1] - 7 * s], color, 14 * s, s));
    if (isOn) this.drawHandles(group, item, s);
    return group;
  }

  drawView(group, item, isOn, s) {
    const [a, b] = item.points;
    group.append(svg('line', { x1: a[0], y1: a[1], x2: b[0], y2: b[1], class: 'front' }));
    if (!(item.to_m > item.from_m)) return;
    for (const [from, to, meters] of metersAcross(item.points, item.from_m, item.to_m)) {
      group.append(svg('line', { x1: from[0], y1: from[1], x2: to[0], y2: to[1], class: 'meter' }));
      if (isOn) group.append(this.label(`${meters} m`, [Math.max(from[0], to[0]) + 3 * s, to[1]], '#fff', 10 * s, s));
    }
    const [, , c, d] = item.points;
    const [rear, front] = [middle([c, d]), middle([a, b])];
    const near = (share) => [0, 1].map((i) => front[i] + (rear[i] - front[i]) * share);
    group.append(svg('path', { class: 'arrow', d: arrow(near(0.45), near(0.12), 9 * s) }));
  }

  drawHandles(group, item, s) {
    const circle = ([cx, cy], r, more) => group.append(svg('circle', { cx, cy, r: r * s, ...more }));
    const wanted = this.wants();
    if (wanted && this.cursor) {
      const from = wanted === 'toward' ? middle(item.points) : item.points.at(-1);
      group.append(svg('polyline', { points: `${from.join(',')} ${this.cursor.join(',')}`, class: 'rubber' }));
    }
    if (item.shape === 'zone' && !wanted && item.points.length < 16) {
      item.points.forEach((point, at) => {
        const next = item.points[(at + 1) % item.points.length];
        circle(middle([point, next]), 4, { class: 'add', 'data-edge': at });
      });
    }
    const handle = (at, point, extra = '') => {
      const isActive = this.active === point ? 'active' : '';
      circle(at, 6.5, { class: `handle ${extra} ${isActive}`, 'data-point': point });
    };
    item.points.forEach((point, at) => handle(point, at));
    if (item.toward) handle(item.toward, 'toward', 'toward');
    if (item.shape === 'corners') {
      const names = ['front left', 'front right', 'rear right', 'rear left'];
      item.points.forEach(([x, y], at) => {
        // Beside its partner: 0 and 1 are at the front, 2 and 3 at the rear.
        const isLeft = item.points[at ^ 1]?.[0] > x;
        const label = this.label(names[at], [x + (isLeft ? -10 : 10) * s, y + 4 * s], '#fff', 11 * s, s);
        if (isLeft) label.setAttribute('text-anchor', 'end');
        group.append(label);
      });
    }
  }

  label(words, [x, y], fill, size, s) {
    return svg('text', { x, y, fill, 'font-size': size, 'stroke-width': 3 * s }, words);
  }
}
