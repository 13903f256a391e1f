// Puts the page together: picture, panel, check, saving, keys.

import { Canvas } from './canvas.js';
import { Model, endPoints, isWhole } from './model.js';
import { Panel, advice, ask, changes, h } from './panel.js';
import * as server from './server.js';

const CHECK_AFTER_MS = 200;
const byId = (id) => document.getElementById(id);

class Page {
  constructor(state) {
    this.model = new Model(state);
    this.canvas = new Canvas(byId('picture'), this.model, {
      begun: () => this.model.mark(),
      changed: (isOnTheWay) => (isOnTheWay ? null : this.changed()),
      selected: (item) => this.select(item),
      hover: ([x, y]) => { byId('cursor').textContent = `x ${x}  y ${y}`; },
    });
    this.panel = new Panel(this.model, {
      begin: (shape) => { this.model.begin(shape); this.changed(); },
      beginExisting: (key) => { this.model.beginExisting(key); this.changed(); },
      select: (item) => this.select(item),
      edit: (item, change) => { this.model.mark(); change(item); this.changed(); },
      remove: (item) => { this.model.remove(item); this.changed(); },
    });
    this.panel.told = state;
    byId('undo').onclick = () => this.step('undo');
    byId('redo').onclick = () => this.step('redo');
    byId('save').onclick = () => this.save();
    byId('larger').onclick = () => this.canvas.zoom(1.4);
    byId('smaller').onclick = () => this.canvas.zoom(1 / 1.4);
    byId('fit').onclick = () => this.canvas.fit();
    byId('hint').textContent = `${state.size_px.join(' × ')} px`;
    document.addEventListener('keydown', (event) => this.key(event));
    window.addEventListener('beforeunload', (event) => { if (this.model.edits().length) event.preventDefault(); });
    this.canvas.image.addEventListener('error', () => this.fail(new Error('the browser cannot show this picture; is it damaged?')));
    this.show();
  }

  show() {
    const item = this.model.item();
    this.canvas.wrong = this.panel.wrong();
    this.canvas.show();
    this.panel.show();
    byId('advice').innerHTML = advice(item, item?.step);
    const name = byId('advice').querySelector('b');
    if (name) name.textContent = item.id;
    byId('undo').disabled = !this.model.past.length;
    byId('redo').disabled = !this.model.future.length;
    byId('save').disabled = !this.model.edits().length;
    document.title = `${this.model.edits().length ? '• ' : ''}Camera “${this.model.file.camera}”`;
  }

  changed() {
    this.show();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.check(), CHECK_AFTER_MS);
  }

  select(item) {
    this.model.leave(item);
    this.canvas.active = null;
    this.show();
  }

  step(way) {
    this.model[way]();
    this.changed();
  }

  key(event) {
    if (document.querySelector('dialog[open]')) return;
    const isField = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
    const key = event.key.toLowerCase();
    const done = () => event.preventDefault();
    if ((event.ctrlKey || event.metaKey) && !isField) {
      if (key === 'z') { this.step(event.shiftKey ? 'redo' : 'undo'); done(); }
      if (key === 'y') { this.step('redo'); done(); }
    }
    if ((event.ctrlKey || event.metaKey) && key === 's') { this.save(); done(); }
    if (isField || event.ctrlKey || event.metaKey) return;
    const item = this.model.item();
    const far = event.shiftKey ? 10 : 1;
    const way = { arrowleft: [-far, 0], arrowright: [far, 0], arrowup: [0, -far], arrowdown: [0, far] }[key];
    if (way && this.canvas.nudge(...way)) done();
    if (key === 'escape') this.select(null);
    if (key === 'enter' && item && event.target.tagName !== 'BUTTON') {
      if (item.step === 'points' && item.shape === 'zone' && item.points.length >= 3) endPoints(item);
      else if (item.step === 'toward' && item.shape === 'zone') delete item.step;
      this.changed();
      done();
    }
    if (key === 'delete' && item) { this.model.remove(item); this.changed(); done(); }
  }

  async check() {
    const { version } = this.model;
    const round = this.round = (this.round ?? 0) + 1;
    try {
      const told = await server.check(version, this.model.edits());
      // Only the newest answer counts.
      if (round !== this.round) return;
      this.panel.told = told;
      this.canvas.wrong = this.panel.wrong();
      this.canvas.show();
      this.panel.showProblems();
      this.panel.showItems();
    } catch (error) {
      await this.fail(error);
    }
  }

  async fail(error) {
    if (!error.isChanged) {
      byId('advice').textContent = error.message;
      return;
    }
    if (document.querySelector('dialog[open]')) return;
    const words = h('p', {}, 'Somebody else has changed the site file on the disk since this page read it. ' +
      'It can be read anew; what you have drawn here is kept.');
    if (await ask('The site file has changed', [words], [['read', 'Read it anew', 'main'], [null, 'Not now', '']])) {
      this.model.rebase(await server.state());
      this.changed();
    }
  }

  async save() {
    const unfinished = this.model.items.filter((item) => !isWhole(item));
    const edits = this.model.edits();
    if (!edits.length) return;
    try {
      const told = await server.check(this.model.version, edits);
      this.panel.told = told;
      this.show();
      const parts = [];
      if (unfinished.length) parts.push(h('p', {}, `Not finished, and left out: ${unfinished.map((item) => item.id).join(', ')}`));
      if (!told.can_save) {
        parts.push(h('p', {}, 'The check finds mistakes that the file did not have. Mend them first; they are listed at the right.'));
        await ask('Not yet', parts, [[null, 'Back', 'main']]);
        return;
      }
      parts.push(changes(told.changes), h('p', {}, 'Everything else stays as it is. The file before is kept beside it, as .bak.'));
      const answer = await ask(`Write ${this.model.file.file}?`, parts, [[null, 'Back', ''], ['write', 'Write', 'main']]);
      if (answer !== 'write') return;
      const { said } = await server.save(told.version, edits);
      const state = await server.state();
      this.model.saved(state);
      this.panel.told = state;
      byId('where').textContent = `${state.name}  ·  ${state.file}`;
      this.show();
      byId('advice').textContent = said;
    } catch (error) {
      await this.fail(error);
    }
  }
}

try {
  window.page = new Page(await server.state());
} catch (error) {
  byId('advice').textContent = error.message;
}
