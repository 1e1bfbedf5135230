// @ts-check
/** What can be written here: the names of torch that there are, with their arguments and what they do. */

/** @typedef {import('@codemirror/autocomplete').CompletionContext} CompletionContext */
/** @typedef {import('@codemirror/autocomplete').CompletionResult} CompletionResult */
/** Kind, arguments, a line of documentation. @typedef {[kind: string, args: string, says: string]} Entry */
/** By module, as torch calls it, then by name; written by scripts/supported_names.py. @typedef {Record<string, Record<string, Entry>>} Names */

const TENSOR = 'torch.Tensor';
/** What stands before the cursor: a path of names, and the beginning of the last. */
const PATH = /([A-Za-z_][\w.]*)\.(\w*)$/;
const IMPORT = /^\s*import\s+([\w.]+)(?:\s+as\s+(\w+))?\s*$/gm;
const FROM = /^\s*from\s+([\w.]+)\s+import\s+([\w ,]+)$/gm;

/** @type {Promise<Names> | null} */
let loading = null;
/** Loaded when the first completion is asked for. @returns {Promise<Names>} */
const load = () =>
  (loading ??= import('./names.json').then(
    (module) => /** @type {Names} */ (/** @type {unknown} */ (module.default)),
  ));

/**
 * What the script's own imports call things: `nn` → `torch.nn`.
 *
 * @param {string} script
 * @returns {Map<string, string>}
 */
export function aliasesOf(script) {
  const aliases = new Map([['torch', 'torch']]);
  for (const [, module, alias] of script.matchAll(IMPORT)) if (alias) aliases.set(alias, module);
  for (const [, module, list] of script.matchAll(FROM))
    for (const part of list.split(',')) {
      const [name, alias] = part.trim().split(/\s+as\s+/);
      if (name) aliases.set(alias ?? name, `${module}.${name}`);
    }
  return aliases;
}

/**
 * The module that a path means; a path that means none is taken for a tensor.
 *
 * @param {string} path such as `torch.nn` or `F`
 * @param {Map<string, string>} aliases
 * @param {Names} names
 */
export function moduleOf(path, aliases, names) {
  const [first, ...rest] = path.split('.');
  const known = aliases.get(first);
  const full = [known ?? first, ...rest].join('.');
  if (names[full]) return full;
  return known === undefined && first !== 'self' ? TENSOR : rest.length && first === 'self' ? TENSOR : null;
}

/**
 * @param {string} before the script up to the cursor
 * @param {string} script all of it
 * @param {Names} names
 * @returns {{ from: number, options: import('@codemirror/autocomplete').Completion[] } | null}
 */
export function complete(before, script, names) {
  const found = PATH.exec(before.slice(before.lastIndexOf('\n') + 1));
  if (!found) return null;
  const [, path, start] = found;
  const aliases = aliasesOf(script);
  const module = moduleOf(path, aliases, names);
  if (module === null) return null;
  const options = Object.entries(names[module]).map(([label, [kind, args, says]]) => ({
    label,
    type: kind,
    detail: args,
    info: says || undefined,
    boost: label.endsWith('_') ? -1 : 0,
  }));
  const below = Object.keys(names).filter((each) => each.startsWith(`${module}.`) && each !== TENSOR);
  for (const each of below) {
    const label = each.slice(module.length + 1);
    if (!label.includes('.'))
      options.push({ label, type: 'namespace', detail: '', info: undefined, boost: 1 });
  }
  return { from: before.length - start.length, options };
}

/**
 * The source that the editor asks.
 *
 * @param {CompletionContext} context
 * @returns {Promise<CompletionResult | null>}
 */
export async function torchNames(context) {
  const before = context.matchBefore(/[A-Za-z_][\w.]*\.\w*/);
  if (!before || /^\d/.test(before.text)) return null;
  const found = complete(context.state.sliceDoc(0, context.pos), context.state.doc.toString(), await load());
  return found && { ...found, validFor: /^\w*$/ };
}
