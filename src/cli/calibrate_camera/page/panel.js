// Everything beside the picture: what can be drawn, the selected item, the list, what the check says, saving.

import { draw, isWhole, keyOf } from './model.js';

const byId = (id) => document.getElementById(id);

/** A node with attributes, listeners (`onclick`) and children. */
export function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else if (value != null && value !== false) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child != null));
  return node;
}

const FUNCTIONS = {
  zone: { 'stop-bar-presence': 'at the stop bar', advance: 'upstream (advance)' },
  line: { 'stop-bar-count': 'past the stop bar (count)', advance: 'upstream (advance)' },
};

/** What to do next, in words. */
export function advice(item, wants) {
  if (!item) return 'Choose what to draw at the right, or click a shape to change it. Drag to move, wheel to zoom.';
  const next = item.points.length;
  const name = `<b></b>`;
  if (wants === 'points') {
    const which = ['first', 'second', 'third', 'fourth'][next];
    const corner = ['front left', 'front right', 'rear right', 'rear left'][next];
    return {
      zone: `${name}: click the ${which} corner of the zone on the road where the first vehicle waits, about a car's length long. ${next < 3 ? 'In order around it.' : 'Enter leaves it at three.'}`,
      line: `${name}: click the ${next ? 'other' : 'first'} end of the line, across one lane, where vehicles are well apart.`,
      corners: `${name}: click the ${corner} corner, as a driver on this stretch of lane would name it. The front is at ${item.from_m} m, the rear at ${item.to_m} m from the stop bar.`,
    }[item.shape];
  }
  if (wants === 'toward') {
    const end = item.shape === 'zone' ? ' Enter leaves it out.' : '';
    return `${name}: click any place to which its traffic moves.${end}`;
  }
  const zone = item.shape === 'zone' ? ' Drag a small dot for one more corner, Alt+click a corner to drop it.' : '';
  return `${name}: drag a point or the whole shape; arrow keys move the last point by one pixel.${zone}`;
}

export class Panel {
  /** `on` has begin(shape), beginExisting(key), select(item), edit(item, change), remove(item). */
  constructor(model, on) {
    Object.assign(this, { model, on, told: null });
    document.querySelectorAll('[data-new]').forEach((button) => {
      button.addEventListener('click', () => on.begin(button.dataset.new));
    });
    const others = byId('others');
    others.addEventListener('change', () => {
      if (others.value) on.beginExisting(others.value);
    });
    const { file } = model;
    byId('title').textContent = `Camera “${file.camera}”`;
    byId('where').textContent = `${file.name}  ·  ${file.file}${file.is_new_camera ? '  ·  not in the file yet' : ''}`;
  }

  show() {
    this.showOthers();
    this.showForm();
    this.showItems();
    this.showProblems();
  }

  showOthers() {
    const group = (kind, label) => {
      const entries = this.model.others().filter((entry) => entry.kind === kind);
      const options = entries.map((entry) => h('option', { value: keyOf(entry) }, `${entry.id}  (${entry.lanes.join(', ')})`));
      return entries.length ? [h('optgroup', { label }, ...options)] : [];
    };
    const first = h('option', { value: '' }, 'Draw one that the site file has…');
    const groups = [...group('view', 'Views'), ...group('detector', 'Detectors of the cabinet or of other cameras')];
    byId('others').replaceChildren(first, ...groups);
    byId('others').hidden = !groups.length;
  }

  showItems() {
    const { items } = this.model;
    const row = (item) => h('li', { class: item === this.model.item() ? 'on' : '', onclick: () => this.on.select(item) },
      h('i', { class: item.shape }),
      h('span', { class: this.wrong().has(item.id) ? 'wrong' : '' }, item.id),
      h('span', { class: 'lanes' }, isWhole(item) ? item.lanes.join(', ') : 'not finished'));
    const rows = items.map(row);
    byId('items').replaceChildren(...(rows.length ? rows : [h('li', { class: 'empty' }, 'Nothing is drawn yet.')]));
  }

  // ---------------------------------------------------------------- the selected item

  showForm() {
    const item = this.model.item();
    if (!item) return byId('form').replaceChildren();
    const had = document.activeElement?.dataset?.field;
    const edit = (change) => this.on.edit(item, change);
    const number = (label, field, title, isNeeded) => this.field(label, field, h('input', {
      type: 'number', step: 'any', title, 'data-field': field, value: item[field] ?? '', placeholder: isNeeded ? '' : 'default',
      onchange: ({ target }) => edit((it) => { it[field] = target.value === '' ? undefined : Number(target.value); }),
    }));
    const parts = [h('h2', {}, h('i', { class: item.shape }), { zone: 'Zone', line: 'Count line', corners: 'View' }[item.shape])];
    parts.push(item.isNew
      ? this.field('Name', 'id', h('input', {
        'data-field': 'id', value: item.id, maxlength: 32,
        onchange: ({ target }) => edit((it) => {
          const id = target.value.trim();
          if (!id || id === it.id) return;
          it.autoId = false;
          it.id = this.model.freeId(id, it.kind, it);
          this.model.select(it);
        }),
      }))
      : h('label', {}, h('span', {}, 'Name'), h('b', {}, item.id)));
    parts.push(this.lanes(item, edit));
    if (item.kind === 'detector') {
      const options = Object.entries(FUNCTIONS[item.shape]).map(([value, words]) =>
        h('option', { value, selected: item.function === value ? '' : null }, words));
      parts.push(this.field('Where', 'function', h('select', {
        'data-field': 'function',
        onchange: ({ target }) => edit((it) => {
          it.function = target.value;
          if (target.value !== 'advance') it.distance_m = undefined;
        }),
      }, ...options)));
      if (item.function === 'advance') {
        parts.push(number('Distance m', 'distance_m', 'From the stop bar to its downstream edge', true));
      }
      parts.push(number('Channel', 'channel', 'Cabinet channel, 1 to 128', true));
    } else {
      parts.push(number('Front m', 'from_m', 'From the stop bar to the front of the view', true));
      parts.push(number('Rear m', 'to_m', 'From the stop bar to the rear of the view', true));
    }
    const isLoop = item.kind === 'detector' && !item.isNew && item.wasCamera !== this.model.file.camera;
    if (isLoop) {
      const whose = item.wasCamera ? `a detector of camera ${item.wasCamera}` : 'a loop of the cabinet';
      parts.push(h('p', { class: 'doubt' },
        `In the site file this is ${whose}. Drawn here, this camera takes its place. To have both, draw a new one.`));
    }
    const twin = item.isNew && item.kind === 'view' ? this.twin(item) : null;
    if (twin) {
      parts.push(h('p', { class: 'doubt' }, `The site file has “${twin.id}” for this lane, which is in no picture yet. `,
        h('button', { onclick: () => { this.on.remove(item); this.on.beginExisting(keyOf(twin)); } }, 'Draw that one')));
    }
    parts.push(h('div', { class: 'row' },
      item.points.length ? h('button', { onclick: () => edit(draw) }, 'Draw anew') : null,
      item.toward && item.shape === 'zone'
        ? h('button', { onclick: () => edit((it) => { it.toward = null; }) }, 'No direction') : null,
      !item.step && !item.toward && item.shape !== 'corners'
        ? h('button', { onclick: () => edit((it) => { it.step = 'toward'; }) }, 'Direction…') : null,
      h('button', { class: 'bad', onclick: () => this.on.remove(item) },
        item.isNew || isLoop || item.wasCamera !== this.model.file.camera ? 'Do not draw it' : 'Remove from the site file')));
    byId('form').replaceChildren(...parts);
    if (had) byId('form').querySelector(`[data-field="${had}"]`)?.focus();
  }

  /** A view of the same lanes that nobody has drawn. */
  twin(item) {
    const lanes = [...item.lanes].sort().join();
    const isTwin = (entry) => entry.kind === 'view' && !entry.camera && [...entry.lanes].sort().join() === lanes;
    return item.lanes.length ? this.model.others().find(isTwin) : null;
  }

  field(label, name, input) {
    return h('label', {}, h('span', {}, label), input);
  }

  lanes(item, edit) {
    const roads = new Map();
    for (const lane of this.model.file.lanes) {
      roads.set(lane.approach, [...(roads.get(lane.approach) ?? []), lane.id]);
    }
    const chip = (lane) => h('button', {
      class: 'chip', 'aria-pressed': String(item.lanes.includes(lane)),
      onclick: () => edit((it) => {
        it.lanes = it.lanes.includes(lane) ? it.lanes.filter((other) => other !== lane) : [...it.lanes, lane];
        if (it.isNew && it.autoId) {
          it.id = this.model.usualId(it);
          this.model.select(it);
        }
      }),
    }, lane);
    const rows = [...roads].map(([road, lanes]) => h('div', { class: 'chips' }, h('small', { title: road }, road), ...lanes.map(chip)));
    return h('div', { class: 'lanes-of' }, h('span', {}, 'Lanes'), ...rows);
  }

  // ---------------------------------------------------------------- the check

  /** Ids of which the check says that something is wrong. */
  wrong() {
    const problems = (this.told?.problems ?? []).filter((problem) => problem.is_error);
    return new Set(problems.flatMap(({ key }) => /^site\.(?:detectors|views)\["(.*?)"\]/.exec(key)?.[1] ?? []));
  }

  showProblems() {
    const list = byId('problems');
    const verdict = byId('verdict');
    const { told } = this;
    if (!told) return;
    const refusals = told.refusals.map((text) => h('li', { class: 'error' }, h('b', {}, text)));
    const order = [...told.problems].sort((a, b) => (a.is_old - b.is_old) || (b.is_error - a.is_error));
    const rows = order.map((problem) => {
      const id = /^site\.(?:detectors|views)\["(.*?)"\]/.exec(problem.key)?.[1];
      const item = this.model.items.find((it) => it.id === id);
      return h('li', {
        class: `${problem.is_error ? 'error' : 'warning'} ${item ? 'pick' : ''}`,
        onclick: () => { if (item) this.on.select(item); },
      }, h('b', {}, problem.key || `line ${problem.line}`), `: ${problem.found}`,
      h('small', {}, `allowed: ${problem.allowed}`),
      problem.hint ? h('small', {}, problem.hint) : null,
      problem.is_old ? h('small', {}, 'The file on the disk has this already.') : null);
    });
    list.replaceChildren(...refusals, ...rows);
    const errors = refusals.length + told.problems.filter((it) => it.is_error).length;
    const warnings = told.problems.length - errors + refusals.length;
    verdict.className = errors ? 'error' : warnings ? 'warning' : 'good';
    const many = (number, word) => `${number} ${word}${number === 1 ? '' : 's'}`;
    verdict.textContent = errors ? many(errors, 'error') : warnings ? many(warnings, 'warning') : 'nothing is wrong';
  }
}

/** A question with buttons; resolves to the one that was pressed, null when it was closed. */
export function ask(title, parts, buttons) {
  const dialog = byId('dialog');
  return new Promise((resolve) => {
    let chosen = null;
    const row = buttons.map(([value, words, kind]) => h('button', {
      class: kind, onclick: () => { chosen = value; dialog.close(); },
    }, words));
    dialog.replaceChildren(h('h2', {}, title), ...parts, h('div', { class: 'row' }, ...row));
    dialog.addEventListener('close', () => resolve(chosen), { once: true });
    dialog.showModal();
  });
}

/** Lines that change, as a list to read. */
export function changes(lines) {
  return h('pre', {}, ...lines.map(({ is_new, number, text }) =>
    h('div', { class: is_new ? 'new' : 'old' }, `${is_new ? '+' : '−'} ${String(number).padStart(4)} ${text}`)));
}
