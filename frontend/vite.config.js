// @ts-check
import { copyFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

/** Where `npm run dev` finds the API; the built page is served by the API's own server. */
const server = process.env.KINEOGRAPH_SERVER ?? 'http://127.0.0.1:8000';

/**
 * Puts Swagger UI beside the page, so that the API docs work offline; public/swagger/init.js starts it.
 *
 * @returns {import('vite').Plugin}
 */
function swagger() {
  const from = dirname(fileURLToPath(import.meta.resolve('swagger-ui-dist/package.json')));
  const to = fileURLToPath(new URL('dist/swagger/', import.meta.url));
  return {
    name: 'kineograph:swagger',
    apply: 'build',
    closeBundle() {
      mkdirSync(to, { recursive: true });
      for (const file of ['swagger-ui-bundle.js', 'swagger-ui.css', 'LICENSE', 'NOTICE'])
        copyFileSync(join(from, file), join(to, file));
    },
  };
}

export default defineConfig({
  // Absolute: the page is also served at /runs/{id}.
  base: '/',
  plugins: [swagger()],
  server: {
    strictPort: true,
    proxy: { '/api': { target: server, changeOrigin: false } },
  },
  build: {
    target: 'es2022',
    sourcemap: true,
    chunkSizeWarningLimit: 600,
    // A strict content security policy forbids data: scripts and fonts; every asset is a file.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
