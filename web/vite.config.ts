import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

// The build lies beside the Go file that embeds it. During development the page is served
// by vite, and everything else by a server that runs on EDDY_SERVER.
const server = process.env.EDDY_SERVER ?? 'http://127.0.0.1:8484';

export default defineConfig({
  plugins: [react()],
  build: { outDir: 'page/built', emptyOutDir: true, chunkSizeWarningLimit: 700, target: 'es2022' },
  server: { proxy: { '/api': server, '/auth': server, '/river': server } },
  test: { environment: 'jsdom', include: ['src/**/*.test.{ts,tsx}'], setupFiles: ['src/test/setup.ts'] },
});
