// @ts-check
// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { caps, listen, nameOf, shortcuts } from '../../src/keys.js';

/** @type {() => void} */
let stop;
const toggle = vi.fn();
const run = vi.fn();
const help = vi.fn();

beforeEach(() => {
  document.body.innerHTML =
    '<input id="field"><button id="button"></button><div id="plain" tabindex="0"></div>';
  stop = listen({ toggle, run, help });
});
afterEach(() => {
  stop();
  vi.clearAllMocks();
});

/** @param {string} id @param {KeyboardEventInit} init */
function press(id, init) {
  const event = new KeyboardEvent('keydown', { bubbles: true, cancelable: true, composed: true, ...init });
  document.getElementById(id)?.dispatchEvent(event);
  return event;
}

test('a shortcut acts, and the browser does not', () => {
  expect(press('plain', { key: ' ' }).defaultPrevented).toBe(true);
  expect(toggle).toHaveBeenCalledOnce();
});

test('who types is left alone, but can run', () => {
  press('field', { key: ' ' });
  press('field', { key: '?', shiftKey: true });
  expect(toggle).not.toHaveBeenCalled();
  expect(help).not.toHaveBeenCalled();
  press('field', { key: 'Enter', ctrlKey: true });
  expect(run).toHaveBeenCalledOnce();
});

test('Space on a button presses the button', () => {
  press('button', { key: ' ' });
  expect(toggle).not.toHaveBeenCalled();
  press('button', { key: 'k' });
  expect(toggle).toHaveBeenCalledOnce();
});

test('Shift is part of the name only where it does not make another character', () => {
  expect(nameOf(new KeyboardEvent('keydown', { key: '?', shiftKey: true }))).toBe('?');
  expect(nameOf(new KeyboardEvent('keydown', { key: 'ArrowLeft', shiftKey: true }))).toBe('Shift+ArrowLeft');
  expect(nameOf(new KeyboardEvent('keydown', { key: 'x', altKey: true }))).toBe('');
});

test('no two shortcuts share a key', () => {
  const keys = shortcuts.flatMap((shortcut) => shortcut.keys);
  expect(new Set(keys).size).toBe(keys.length);
});

test('key caps read as on the keyboard', () => {
  expect(caps('Mod+Enter')).toEqual(['Ctrl', 'Enter']);
  expect(caps('+')).toEqual(['+']);
  expect(caps('Shift+ArrowLeft')).toEqual(['Shift', '←']);
  expect(caps(' ')).toEqual(['Space']);
});
