// @ts-check
import { defineConfig } from 'vite';

/** Where `npm run dev` finds the API; the built page is served by the API's own server. */
const server = process.env.KINEOGRAPH_SERVER ?? 'http://127.0.0.1:8000';

export default defineConfig({
  base: './',
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
