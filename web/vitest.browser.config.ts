import { defineConfig } from 'vitest/config';

// Browser tests walk one server that "go test ./cmd/eddy -run Browser" starts for them, so
// they run one after the other.
export default defineConfig({
  test: {
    environment: 'node',
    // make screenshots draws the pictures of the README in the same world.
    include: [process.env.EDDY_BROWSER === 'screenshots' ? 'browser/screenshots.ts' : 'browser/**/*.test.ts'],
    fileParallelism: false,
    sequence: { concurrent: false },
    testTimeout: 120_000,
    hookTimeout: 60_000,
    bail: 0,
  },
});
