// @ts-check
/** The keyboard shortcuts: the one table that both the page and its help dialog read. */

/** @typedef {import('./i18n/index.js').Key} Key */
/**
 * @typedef {object} Shortcut
 * @property {string} action a key of the {@link Actions} given to {@link listen}
 * @property {string[]} keys `Mod` is Ctrl, or Cmd on a Mac; `KeyboardEvent.key` otherwise
 * @property {Key} says
 * @property {Key} group
 * @property {boolean} [whileTyping] works in the editor too
 */
/** @typedef {Record<string, () => void>} Actions */

/** @type {Shortcut[]} */
export const shortcuts = [
  { action: 'run', keys: ['Mod+Enter'], says: 'keys.run', group: 'keys.group.run', whileTyping: true },
  { action: 'code', keys: ['e'], says: 'keys.code', group: 'keys.group.run' },
  { action: 'toggle', keys: [' ', 'k'], says: 'keys.toggle', group: 'keys.group.time' },
  { action: 'back', keys: ['ArrowLeft', ','], says: 'keys.back', group: 'keys.group.time' },
  { action: 'forward', keys: ['ArrowRight', '.'], says: 'keys.forward', group: 'keys.group.time' },
  {
    action: 'previousPass',
    keys: ['Shift+ArrowLeft'],
    says: 'keys.previousPass',
    group: 'keys.group.time',
  },
  {
    action: 'nextPass',
    keys: ['Shift+ArrowRight'],
    says: 'keys.nextPass',
    group: 'keys.group.time',
  },
  { action: 'clickBack', keys: ['PageUp'], says: 'keys.clickBack', group: 'keys.group.time' },
  { action: 'clickOn', keys: ['PageDown'], says: 'keys.clickOn', group: 'keys.group.time' },
  { action: 'start', keys: ['Home'], says: 'keys.start', group: 'keys.group.time' },
  { action: 'end', keys: ['End'], says: 'keys.end', group: 'keys.group.time' },
  { action: 'slower', keys: ['['], says: 'keys.slower', group: 'keys.group.time' },
  { action: 'faster', keys: [']'], says: 'keys.faster', group: 'keys.group.time' },
  { action: 'fit', keys: ['f'], says: 'keys.fit', group: 'keys.group.view' },
  { action: 'zoomIn', keys: ['+', '='], says: 'keys.zoomIn', group: 'keys.group.view' },
  { action: 'zoomOut', keys: ['-'], says: 'keys.zoomOut', group: 'keys.group.view' },
  { action: 'outline', keys: ['o'], says: 'keys.outline', group: 'keys.group.view' },
  { action: 'clear', keys: ['Escape'], says: 'keys.clear', group: 'keys.group.view' },
  { action: 'copyLink', keys: ['l'], says: 'keys.copyLink', group: 'keys.group.share' },
  { action: 'share', keys: ['s'], says: 'keys.share', group: 'keys.group.share' },
  { action: 'present', keys: ['p'], says: 'keys.present', group: 'keys.group.view' },
  { action: 'tour', keys: ['t'], says: 'keys.tour', group: 'keys.group.view' },
  { action: 'help', keys: ['?'], says: 'keys.help', group: 'keys.group.view' },
];

const isMac = /Mac|iPhone|iPad/.test(navigator.platform ?? '');

/**
 * @param {KeyboardEvent} event
 * @returns {string} such as `Mod+Enter`, `Shift+ArrowLeft` or `?`
 */
export function nameOf(event) {
  const mod = isMac ? event.metaKey : event.ctrlKey;
  if (event.altKey || (isMac ? event.ctrlKey : event.metaKey)) return '';
  // Shift is part of a printed character already: `?` is not `Shift+?`.
  const shift = event.shiftKey && event.key.length > 1 ? 'Shift+' : '';
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  return `${mod ? 'Mod+' : ''}${shift}${key}`;
}

/**
 * Where keys are typed, or move what has the focus. A slider, a list, a tree handle their own keys and mark them as
 * handled, so that they need not be here.
 */
const OWN_KEYS = 'input, textarea, select, [contenteditable=true], [role=separator], dialog';
/** On these, Space and Enter press; other keys are free. */
const PRESSED = 'button, a[href], summary';

/**
 * @param {KeyboardEvent} event
 * @param {Shortcut} shortcut
 */
function belongsElsewhere(event, shortcut) {
  if (shortcut.whileTyping) return false;
  const target = event.composedPath()[0];
  if (!(target instanceof Element)) return false;
  if (target.closest(OWN_KEYS)) return true;
  return (event.key === ' ' || event.key === 'Enter') && target.closest(PRESSED) !== null;
}

/**
 * @param {Actions} actions
 * @returns {() => void} stops listening
 */
export function listen(actions) {
  /** @param {KeyboardEvent} event */
  const onKey = (event) => {
    if (event.defaultPrevented || event.isComposing) return;
    // An open dialog has the keys to itself, wherever the focus is.
    if (document.querySelector('dialog[open]')) return;
    const name = nameOf(event);
    const shortcut = shortcuts.find(({ keys }) => keys.includes(name));
    if (!shortcut || !actions[shortcut.action] || belongsElsewhere(event, shortcut)) return;
    event.preventDefault();
    actions[shortcut.action]();
  };
  addEventListener('keydown', onKey);
  return () => removeEventListener('keydown', onKey);
}

/** @type {Record<string, string>} */
const CAPS = {
  Mod: isMac ? '⌘' : 'Ctrl',
  ' ': 'Space',
  ArrowLeft: '←',
  ArrowRight: '→',
  PageUp: 'Page ↑',
  PageDown: 'Page ↓',
  Escape: 'Esc',
};

/**
 * A shortcut as its key caps read.
 * @param {string} keys
 * @returns {string[]}
 */
export function caps(keys) {
  const parts = keys === '+' ? ['+'] : keys.split('+');
  return parts.map((part) => CAPS[part] ?? (part.length === 1 ? part.toUpperCase() : part));
}
