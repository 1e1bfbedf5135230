// @ts-check
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/unit/**/*.test.js'],
    // Tests that need a page ask for it: `// @vitest-environment happy-dom` as their first line.
    environment: 'node',
  },
});
