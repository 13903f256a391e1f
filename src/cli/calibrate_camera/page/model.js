// What is drawn, what has changed since the site file was read, and the way back.
//
// An item is a detector or view in this picture: the keys of the site file, and `shape` ('zone', 'line', 'corners') with its
// `points` and `toward`. While it is being drawn its `step` says what the next click tells: 'points' or 'toward'. Items
// whose points are not all there are not sent to the program.

const FIELDS = ['channel', 'function', 'lanes', 'distance_m', 'length_m', 'from_m', 'to_m'];
const SHAPES = { zone: 'zone_px', line: 'line_px', corners: 'corners_px' };
const CAN_GO = ['toward_px', 'distance_m', 'length_m'];
export const POINTS = { zone: 3, line: 2, corners: 4 };
export const POINTS_DRAWN = { zone: 4, line: 2, corners: 4 };
const UNDO_MAX = 200;

const copy = (value) => JSON.parse(JSON.stringify(value));
const same = (a, b) => JSON.stringify(a ?? null) === JSON.stringify(b ?? null);
export const keyOf = ({ kind, id }) => `${kind} ${id}`;

/** An entry of the site file as an item. */
function itemOf(entry) {
  const item = { kind: entry.kind, id: entry.id, isNew: false, wasCamera: entry.camera };
  for (const field of FIELDS) if (entry[field] != null) item[field] = copy(entry[field]);
  const found = Object.entries(SHAPES).find(([, key]) => entry[key]);
  const usual = entry.kind === 'view' ? 'corners' : entry.function === 'stop-bar-count' ? 'line' : 'zone';
  item.shape = found ? found[0] : usual;
  item.points = found ? copy(entry[found[1]]) : [];
  item.toward = entry.toward_px ? copy(entry.toward_px) : null;
  return item;
}

/** The keys of the site file that an item stands for. */
function keysOf(item) {
  const keys = {};
  for (const field of FIELDS) keys[field] = item[field];
  for (const [shape, key] of Object.entries(SHAPES)) keys[key] = shape === item.shape ? item.points : undefined;
  keys.toward_px = item.toward ?? undefined;
  return keys;
}

export const isWhole = (item) => item.step !== 'points' && item.points.length >= POINTS[item.shape];

/** All points are there: next comes the direction, which views have by their corners. */
export function endPoints(item) {
  if (item.shape === 'corners') delete item.step;
  else item.step = 'toward';
}

/** Begins to draw an item, or to draw it anew. */
export function draw(item) {
  Object.assign(item, { points: [], toward: null, step: 'points' });
}

export class Model {
  constructor(state) {
    this.load(state);
    this.items = this.baseItems();
    this.past = [];
    this.future = [];
    this.selected = null;
  }

  load(state) {
    this.file = state;
    this.version = state.version;
    this.base = new Map(state.entries.map((entry) => [keyOf(entry), entry]));
  }

  baseItems() {
    return this.file.entries.filter((entry) => entry.camera === this.file.camera).map(itemOf);
  }

  /** Entries of the file that are not in this picture. */
  others() {
    const here = new Set(this.items.map(keyOf));
    return this.file.entries.filter((entry) => !here.has(keyOf(entry)));
  }

  /** Selects another one; what was begun and not ended is dropped. */
  leave(item) {
    const old = this.item();
    if (old && old !== item) {
      if (!isWhole(old)) this.items = this.items.filter((it) => it !== old);
      delete old.step;
    }
    this.select(item);
  }

  item() { return this.items.find((item) => keyOf(item) === this.selected) ?? null; }
  select(item) { this.selected = item ? keyOf(item) : null; }

  /** Remembers how it was; called before each change. */
  mark() {
    this.past.push(JSON.stringify([this.items, this.selected]));
    if (this.past.length > UNDO_MAX) this.past.shift();
    this.future = [];
  }

  back(from, to) {
    if (!from.length) return;
    to.push(JSON.stringify([this.items, this.selected]));
    [this.items, this.selected] = JSON.parse(from.pop());
  }

  undo() { this.back(this.past, this.future); }
  redo() { this.back(this.future, this.past); }

  /** A name that nothing has yet. */
  freeId(wanted, kind, except) {
    const taken = new Set(this.file.entries.concat(this.items.filter((item) => item !== except)).map((it) => it.id));
    let id = wanted;
    for (let n = 2; taken.has(id); n++) id = `${wanted} ${n}`;
    return id;
  }

  freeChannel() {
    const taken = new Set(this.file.entries.concat(this.items).map((it) => it.channel));
    for (let channel = 1; channel <= 128; channel++) if (!taken.has(channel)) return channel;
    return undefined;
  }

  /** Name of a new item, after its first lane. */
  usualId(item) {
    const what = { zone: 'stop', line: 'count', corners: 'view' }[item.shape];
    const lane = item.lanes[0];
    return this.freeId(lane ? `${lane} ${what}` : `new ${what}`, item.kind, item);
  }

  begin(shape) {
    this.mark();
    const near = this.item();
    this.leave(null);
    const kind = shape === 'corners' ? 'view' : 'detector';
    const item = { kind, isNew: true, autoId: true, shape, lanes: near ? copy(near.lanes) : [] };
    draw(item);
    if (kind === 'detector') {
      item.channel = this.freeChannel();
      item.function = shape === 'zone' ? 'stop-bar-presence' : 'stop-bar-count';
    } else {
      item.from_m = 0;
      item.to_m = 60;
    }
    item.id = this.usualId(item);
    this.items.push(item);
    this.select(item);
    return item;
  }

  beginExisting(key) {
    this.mark();
    this.leave(null);
    const item = itemOf(this.base.get(key));
    draw(item);
    this.items.push(item);
    this.select(item);
    return item;
  }

  remove(item) {
    this.mark();
    this.items = this.items.filter((it) => it !== item);
    this.select(null);
  }

  /** What is not as the file has it. */
  edits() {
    const edits = [];
    const here = new Set(this.items.map(keyOf));
    for (const entry of this.file.entries) {
      const isOurs = entry.camera === this.file.camera;
      if (isOurs && !here.has(keyOf(entry))) edits.push({ remove: { kind: entry.kind, id: entry.id } });
    }
    for (const item of this.items.filter(isWhole)) {
      const entry = this.base.get(keyOf(item));
      const keys = keysOf(item);
      const put = { kind: item.kind, id: item.id };
      const isOther = !entry || entry.camera !== this.file.camera;
      const before = entry ? keysOf(itemOf(entry)) : {};
      for (const [key, value] of Object.entries(keys)) {
        const isShape = key.endsWith('_px');
        if (value !== undefined && (!same(value, before[key]) || isOther && isShape)) put[key] = value;
      }
      const without = CAN_GO.filter((key) => keys[key] === undefined && before[key] !== undefined);
      if (without.length) put.without = without;
      if (!entry || Object.keys(put).length > 2) edits.push({ put });
    }
    return edits;
  }

  /** Takes the file as it is now, and keeps what has been drawn since the one before. */
  rebase(state) {
    const edited = new Set();
    const removed = new Set();
    for (const edit of this.edits()) {
      if (edit.put) edited.add(keyOf(edit.put));
      else removed.add(keyOf(edit.remove));
    }
    const kept = this.items.filter((item) => edited.has(keyOf(item)) || !isWhole(item));
    this.load(state);
    const keys = new Set(kept.map(keyOf));
    const others = this.baseItems().filter((item) => !keys.has(keyOf(item)) && !removed.has(keyOf(item)));
    this.items = others.concat(kept);
    for (const item of this.items) item.isNew = !this.base.has(keyOf(item));
  }

  /** Takes the file as it is now; everything drawn is in it. */
  saved(state) {
    const unfinished = this.items.filter((item) => !isWhole(item));
    this.load(state);
    this.items = this.baseItems().concat(unfinished);
    this.past = [];
    this.future = [];
  }
}
