// @ts-check
/** Parts of the page that are loaded when they are needed, and asked for again where the network failed. */

const AGAIN_AFTER_MS = 2000;

/**
 * @template T
 * @param {() => Promise<T>} load such as `() => import('./plot.js')`
 * @returns {() => Promise<T>} loads once; never fails, but may take until the network is back
 */
export function lazy(load) {
  /** @type {Promise<T> | null} */
  let loading = null;
  /** @returns {Promise<T>} */
  const attempt = async () => {
    for (;;) {
      try {
        return await load();
      } catch {
        await new Promise((resolve) => setTimeout(resolve, AGAIN_AFTER_MS));
      }
    }
  };
  return () => (loading ??= attempt());
}
