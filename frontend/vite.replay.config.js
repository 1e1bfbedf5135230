// @ts-check
/** Builds dist/replay.html: the page in one file, in which a run is put when it is saved (src/recorded.js). */
import { createHash } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { PLACEHOLDER } from './src/recorded.js';

const dist = fileURLToPath(new URL('dist/', import.meta.url));
const parts = join(dist, 'replay-parts');

/** @param {string} text */
const hash = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** @param {string} script @param {string} style */
function page(script, style) {
  // Only what was built here runs, and nothing is asked of any network.
  const policy = [
    "default-src 'none'",
    `script-src ${hash(script)}`,
    `style-src ${hash(style)}`,
    'img-src data: blob:',
    'font-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="color-scheme" content="light dark">
<title>Kineograph</title>
<style>${style}</style>
</head>
<body>
<div id="app"></div>
<script type="application/json" id="recorded">${PLACEHOLDER}</script>
<script>${script}</script>
</body>
</html>
`;
}

/** @returns {import('vite').Plugin} */
function oneFile() {
  return {
    name: 'kineograph:one-file',
    enforce: 'pre',
    // Every browser that runs the page reads woff2: the other two copies of each font stay out.
    transform(code, id) {
      if (!id.includes('katex') || !id.split('?')[0].endsWith('.css')) return null;
      return code.replace(/,\s*url\([^)]*\.(?:woff|ttf)\)\s*format\(['"]?[a-z]+['"]?\)/g, '');
    },
    closeBundle() {
      const script = readFileSync(join(parts, 'replay.js'), 'utf8')
        .replaceAll('</script', '<\\/script')
        .replaceAll('<!--', '<\\!--');
      const style = readFileSync(join(parts, 'replay.css'), 'utf8').replaceAll('</style', '<\\/style');
      writeFileSync(join(dist, 'replay.html'), page(script, style));
      rmSync(parts, { recursive: true });
    },
  };
}

export default defineConfig({
  plugins: [oneFile()],
  publicDir: false,
  define: { 'process.env.NODE_ENV': '"production"' },
  build: {
    target: 'es2022',
    outDir: parts,
    cssCodeSplit: false,
    lib: {
      entry: 'src/main.js',
      formats: ['iife'],
      name: 'Kineograph',
      fileName: () => 'replay.js',
      cssFileName: 'replay',
    },
  },
});
